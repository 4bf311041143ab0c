import { activities, teamRoles, tokenTypes, teamOperations } from '#libs/kernel';
import { z } from 'zod';
import { ignoring } from './ignored-fields';
import { labelsSchema } from './run';
import { paramSchema } from './workflow';

const dateTime = z.string().meta({ format: 'date-time' });

/** 0 = no limit. */
const limit = z.int32().min(0);

/** The quotas without a limit: the number that stands for each of them means nothing. */
const unlimited = z.array(
  z.enum([
    'maxWorkflowCount',
    'maxWorkflowRunMonthly',
    'maxWorkflowStorage',
    'maxWorkflowRunStorage',
    'maxWorkflowRunDuration',
    'maxConcurrentRuns',
  ]),
);

export const quotasSchema = ignoring(
  z
    .object({
      maxWorkflowCount: limit.nullish(),
      maxWorkflowRunMonthly: limit.nullish(),
      maxWorkflowStorage: limit.nullish(),
      maxWorkflowRunStorage: limit.nullish(),
      /** Minutes. */
      maxWorkflowRunDuration: z.int32().min(0).max(525_600).nullish(),
      maxConcurrentRuns: limit.nullish(),
      unlimited: unlimited.nullish(),
    })
    .meta({ id: 'Quotas' }),
  'currentConcurrentRuns',
  'currentRunMedianDuration',
  'currentRunTotalDuration',
  'currentRuns',
  'currentWorkflowCount',
  'monthlyResetDate',
);
export const currentQuotasSchema = z
  .object({
    maxWorkflowCount: z.int32(),
    maxWorkflowRunMonthly: z.int32(),
    maxWorkflowStorage: z.int32(),
    maxWorkflowRunStorage: z.int32(),
    maxWorkflowRunDuration: z.int32(),
    maxConcurrentRuns: z.int32(),
    currentWorkflowCount: z.int32(),
    currentRuns: z.int32(),
    currentConcurrentRuns: z.int32(),
    currentRunTotalDuration: z.int32().optional(),
    currentRunMedianDuration: z.int32().optional(),
    monthlyResetDate: dateTime,
    unlimited,
  })
  .meta({ id: 'CurrentQuotas' });

const userName = z.string().min(1).max(256);

export const teamMemberSchema = z
  .object({
    id: userName.nullish(),
    email: userName.nullish(),
    name: z.string().max(256).nullish(),
    role: z.enum(teamRoles).nullish(),
  })
  .meta({ id: 'TeamMember' });
export type TeamMemberBody = z.infer<typeof teamMemberSchema>;

/** A person by id, e-mail address or name, or as an answer shows one. */
const approverSchema = z.union([userName, teamMemberSchema]);

export const approverGroupRequestSchema = ignoring(
  z
    .object({
      id: z.string().max(64).nullish(),
      name: z.string().min(1).max(256).nullish(),
      approvers: z.array(approverSchema).max(1000).nullish(),
    })
    .meta({ id: 'ApproverGroupRequest' }),
  'creationDate',
);

export const approverGroupSchema = z
  .object({ id: z.string(), name: z.string(), creationDate: dateTime, approvers: z.array(teamMemberSchema) })
  .meta({ id: 'ApproverGroup' });

export const workflowSummarySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    displayName: z.string(),
    status: z.enum(activities),
    version: z.int32(),
    creationDate: dateTime,
    icon: z.string().optional(),
    description: z.string().optional(),
  })
  .meta({ id: 'WorkflowSummary' });
export type WorkflowSummaryBody = z.infer<typeof workflowSummarySchema>;

const parametersSchema = z.array(paramSchema).max(1000);

export const teamNameCheckSchema = z.object({ name: z.string().max(256) }).meta({ id: 'TeamNameCheckRequest' });

export const roleSchema = z
  .object({
    id: z.string(),
    type: z.literal('team'),
    name: z.string(),
    description: z.string(),
    permissions: z.array(z.string()),
  })
  .meta({ id: 'Role' });

/** At most a hundred years. */
const days = z.int().min(0).max(36_500).optional();

const retentionSchema = z
  .strictObject({ succeeded: days, failed: days, invalid: days, skipped: days, cancelled: days, timedout: days })
  .meta({ id: 'Retention' });

export const teamRequestSchema = ignoring(
  z
    .object({
      id: z.string().max(64).nullish(),
      name: z.string().max(100).nullish(),
      displayName: z.string().min(1).max(256).nullish(),
      status: z.enum(activities).nullish(),
      type: z.enum(['personal', 'hobby', 'pro', 'enterprise', 'system']).nullish(),
      externalRef: z.string().max(256).nullish(),
      labels: labelsSchema.nullish(),
      parameters: parametersSchema.nullish(),
      quotas: quotasSchema.nullish(),
      members: z.array(teamMemberSchema).max(1000).nullish(),
      approverGroups: z.array(approverGroupRequestSchema).max(200).nullish(),
      requiredReasons: z.array(z.enum(teamOperations)).max(teamOperations.length).nullish(),
      retention: retentionSchema.nullish(),
    })
    .meta({ id: 'TeamRequest' }),
  'creationDate',
  'workflows',
);
export type TeamRequest = z.infer<typeof teamRequestSchema>;

export const teamSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    displayName: z.string(),
    creationDate: dateTime,
    status: z.enum(activities),
    externalRef: z.string().optional(),
    labels: labelsSchema,
    parameters: parametersSchema,
    quotas: currentQuotasSchema,
    members: z.array(teamMemberSchema),
    workflows: z.array(workflowSummarySchema),
    approverGroups: z.array(approverGroupSchema),
    requiredReasons: z
      .array(z.enum(teamOperations))
      .optional()
      .describe('Operations that the team accepts only with the header X-Reason'),
    retention: retentionSchema
      .optional()
      .describe('Days after which finished runs are archived, by their status; 0: never'),
  })
  .meta({ id: 'Team' });
export type TeamBody = z.infer<typeof teamSchema>;

export const tokenCreateRequestSchema = z
  .object({
    type: z.enum(tokenTypes),
    name: z.string().max(256).nullish(),
    principal: z.string().max(256).nullish(),
    description: z.string().max(1024).nullish(),
    /** ISO 8601, or milliseconds since the epoch; up to the year 9999. */
    expirationDate: z
      .union([z.iso.datetime({ offset: true }), z.string().regex(/^\d{1,15}$/), z.int().min(0)])
      .nullish(),
    permissions: z
      .array(
        z
          .string()
          .max(128)
          .regex(/^(\*\*|[a-z]+)\/(\*\*|[a-z]+)$/, 'must be resource/action, such as workflowrun/read'),
      )
      .max(100)
      .nullish(),
    role: z.enum(teamRoles).nullish(),
  })
  .meta({ id: 'TokenCreateRequest' });
export type TokenCreateRequest = z.infer<typeof tokenCreateRequestSchema>;

export const tokenCreateResponseSchema = z
  .object({ id: z.string(), type: z.enum(tokenTypes), token: z.string(), expirationDate: dateTime.optional() })
  .meta({ id: 'TokenCreateResponse' });
export type TokenCreateResponse = z.infer<typeof tokenCreateResponseSchema>;

/** A token, and what it may do. `teams`: the first 1000 by name. */
export const sessionSchema = z
  .object({
    token: z.object({
      id: z.string(),
      type: z.enum(tokenTypes),
      name: z.string().optional(),
      permissions: z.array(z.string()),
      expirationDate: dateTime.optional(),
    }),
    person: z.string().optional().describe('Whose token it is, if it belongs to a person'),
    teams: z.array(
      z.object({
        name: z.string(),
        displayName: z.string(),
        role: z.enum(teamRoles).optional(),
        permissions: z.array(z.string()),
      }),
    ),
    hasMoreTeams: z.boolean(),
  })
  .meta({ id: 'Session' });
export type SessionBody = z.infer<typeof sessionSchema>;

export const tokenSchema = z
  .object({
    id: z.string(),
    type: z.enum(tokenTypes),
    name: z.string().optional(),
    description: z.string().optional(),
    creationDate: dateTime,
    expirationDate: dateTime.optional(),
    valid: z.boolean(),
    principal: z.string().optional(),
    permissions: z.array(
      z
        .object({ scope: z.enum(tokenTypes), principal: z.string().optional(), actions: z.array(z.string()) })
        .meta({ id: 'ResolvedPermissions' }),
    ),
  })
  .meta({ id: 'Token' });
export type TokenBody = z.infer<typeof tokenSchema>;
