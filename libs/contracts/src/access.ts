import { z } from 'zod';
import { labelsSchema } from './run';

const dateTime = z.string().meta({ format: 'date-time' });

export const teamRequestSchema = z
  .object({
    id: z.string().nullish(),
    name: z.string().max(100).nullish(),
    displayName: z.string().min(1).max(256).nullish(),
    status: z.enum(['active', 'inactive']).nullish(),
    type: z.enum(['personal', 'hobby', 'pro', 'enterprise', 'system']).nullish(),
    externalRef: z.string().max(256).nullish(),
    labels: labelsSchema.nullish(),
  })
  .meta({ id: 'TeamRequest' });
export type TeamRequest = z.infer<typeof teamRequestSchema>;

export const teamSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    displayName: z.string(),
    creationDate: dateTime,
    status: z.enum(['active', 'inactive']),
    externalRef: z.string().optional(),
    labels: labelsSchema,
    parameters: z.array(z.json()),
    members: z.array(z.json()),
    approverGroups: z.array(z.json()),
  })
  .meta({ id: 'Team' });
export type TeamBody = z.infer<typeof teamSchema>;

export const tokenTypes = ['session', 'user', 'team', 'workflow', 'global'] as const;

export const tokenCreateRequestSchema = z
  .object({
    type: z.enum(tokenTypes),
    name: z.string().max(256).nullish(),
    principal: z.string().max(256).nullish(),
    description: z.string().max(1024).nullish(),
    expirationDate: z.iso.datetime({ offset: true }).nullish(),
    permissions: z
      .array(z.string().regex(/^(\*\*|[a-z]+)\/(\*\*|[a-z]+)$/, 'must be resource/action, such as workflowrun/read'))
      .max(100)
      .nullish(),
    role: z.enum(['owner', 'editor', 'reader']).nullish(),
  })
  .meta({ id: 'TokenCreateRequest' });
export type TokenCreateRequest = z.infer<typeof tokenCreateRequestSchema>;

export const tokenCreateResponseSchema = z
  .object({ id: z.string(), type: z.enum(tokenTypes), token: z.string(), expirationDate: dateTime.optional() })
  .meta({ id: 'TokenCreateResponse' });
export type TokenCreateResponse = z.infer<typeof tokenCreateResponseSchema>;

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
