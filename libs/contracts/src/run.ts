import { z } from 'zod';
import { anyJson } from './json';
import { wholeNumber } from './whole-number';
import { uniqueNames } from './unique-names';

export const runStatuses = [
  'notstarted',
  'ready',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'invalid',
  'skipped',
  'cancelled',
  'timedout',
] as const;
export const runPhases = ['queued', 'pending', 'running', 'completed', 'finalized'] as const;
export const runTriggers = ['manual', 'schedule', 'webhook', 'event', 'github', 'engine', 'task'] as const;
export type RunTriggerName = (typeof runTriggers)[number];
export const taskTypeNames = [
  'start',
  'end',
  'template',
  'custom',
  'generic',
  'decision',
  'approval',
  'setwfproperty',
  'manual',
  'eventwait',
  'acquirelock',
  'releaselock',
  'runworkflow',
  'runscheduledworkflow',
  'script',
  'setwfstatus',
  'sleep',
] as const;

const name = z.string().min(1).max(256);
/** The most labels, or annotations, in one request. */
const maxNamed = 256;
const isFew = (named: object) => Object.keys(named).length <= maxNamed;
const few = `must have at most ${maxNamed} names`;
const hasPlainKeys = (labels: object) => Object.keys(labels).every((key) => !key.includes('='));
/** A key has no `=`, so that `key=value` shows where the value begins. */
export const labelsSchema = z
  .record(name, z.string().max(1024))
  .refine(isFew, few)
  .refine(hasPlainKeys, 'the name of a label must not contain "="');
export const annotationsSchema = z.record(name, anyJson).refine(isFew, few);
export const runParamSchema = z.object({ name, value: anyJson.optional() }).meta({ id: 'RunParam' });
export const workspaceSchema = z
  .object({
    name,
    description: z.string().max(65_536).nullish(),
    type: z.string().max(256).nullish(),
    optional: z.boolean().nullish(),
    spec: anyJson.optional(),
  })
  .meta({ id: 'WorkflowWorkspace' });

/** Minutes; 0 = none. One year at most. */
const minutes = wholeNumber(0, 525_600);

export const workflowRunRequestSchema = z
  .object({
    labels: labelsSchema.nullish(),
    annotations: annotationsSchema.nullish(),
    params: z.array(runParamSchema).max(1000).superRefine(uniqueNames).nullish(),
    workspaces: z.array(workspaceSchema).max(100).nullish(),
    timeout: minutes.nullish(),
    retries: wholeNumber(-1, 100).nullish(),
    debug: z.boolean().nullish(),
  })
  .meta({ id: 'WorkflowRunRequest' });
export type WorkflowRunRequest = z.infer<typeof workflowRunRequestSchema>;

export const workflowSubmitRequestSchema = workflowRunRequestSchema
  .extend({ workflowVersion: z.int32().min(1).nullish(), trigger: z.enum(runTriggers).nullish() })
  .meta({ id: 'WorkflowSubmitRequest' });
export type WorkflowSubmitRequest = z.infer<typeof workflowSubmitRequestSchema>;

const dateTime = z.string().meta({ format: 'date-time', examples: ['2023-10-05T05:20:08.956+00:00'] });
const integer = z.int();

export const runResultSchema = z
  .object({ name: z.string(), description: z.string().nullable(), value: anyJson })
  .meta({ id: 'RunResult' });

export const taskEnvVarSchema = z.object({ name: z.string(), value: z.string().nullable() }).meta({ id: 'TaskEnvVar' });

export const taskWorkspaceSchema = z
  .object({
    name,
    type: z.string().max(256).nullish(),
    optional: z.boolean().nullish(),
    mountPath: z.string().max(4096).nullish(),
  })
  .meta({ id: 'TaskWorkspace' });

export const taskRunSpecSchema = z
  .object({
    arguments: z.array(z.string()).nullable(),
    command: z.array(z.string()).nullable(),
    envs: z.array(taskEnvVarSchema).nullable(),
    image: z.string().nullable(),
    script: z.string().nullable(),
    workingDir: z.string().nullable(),
    debug: z.boolean(),
    timeout: z.int32(),
    deletion: z.enum(['Never', 'OnSuccess', 'Always']),
  })
  .meta({ id: 'TaskRunSpec' });

export const taskRunSchema = z
  .object({
    id: z.string(),
    type: z.enum(taskTypeNames),
    name: z.string(),
    labels: labelsSchema,
    annotations: annotationsSchema,
    creationDate: dateTime,
    startTime: dateTime.optional(),
    duration: integer,
    timeout: integer.optional(),
    params: z.array(runParamSchema),
    results: z.array(runResultSchema),
    workspaces: z.array(taskWorkspaceSchema),
    spec: taskRunSpecSchema,
    status: z.enum(runStatuses),
    phase: z.enum(runPhases),
    statusMessage: z.string().optional(),
    taskRef: z.string().optional(),
    taskVersion: z.int32().optional(),
    workflowRef: z.string(),
    workflowRevisionRef: z.string(),
    workflowRunRef: z.string(),
    agentRef: z.string().optional(),
    workflowName: z.string().optional(),
  })
  .meta({ id: 'TaskRun' });

export const workflowRunSchema = z
  .object({
    id: z.string(),
    creationDate: dateTime,
    status: z.enum(runStatuses),
    phase: z.enum(runPhases),
    startTime: dateTime.optional(),
    duration: integer,
    statusMessage: z.string().optional(),
    timeout: integer,
    retries: integer,
    workflowRef: z.string(),
    workflowRevisionRef: z.string(),
    labels: labelsSchema,
    annotations: annotationsSchema,
    params: z.array(runParamSchema),
    tasks: z.array(taskRunSchema).optional(),
    debug: z.boolean(),
    workflowName: z.string().optional(),
    workflowDisplayName: z.string().optional(),
    workflowVersion: z.int32(),
    trigger: z.string(),
    initiatedByRef: z.string().optional(),
    /** Name of the person who started the run. */
    initiatedByUserName: z.string().optional(),
    results: z.array(runResultSchema),
    workspaces: z.array(workspaceSchema),
    awaitingApproval: z.boolean(),
  })
  .meta({ id: 'WorkflowRun' });
export type WorkflowRunBody = z.infer<typeof workflowRunSchema>;
export type TaskRunBody = z.infer<typeof taskRunSchema>;

export const workflowRunCountSchema = z
  .object({ status: z.record(z.string(), integer) })
  .meta({ id: 'WorkflowRunCount' });

const plannedTaskSchema = z
  .object({ name: z.string(), type: z.enum(taskTypeNames), taskRunRef: z.string(), status: z.enum(runStatuses) })
  .meta({ id: 'RetryPlanTask' });
/** What a retry would do. `status`: the end status of the task in the original run. */
export const retryPlanSchema = z
  .object({
    dryRun: z.literal(true),
    retryOf: z.string(),
    from: z.string().optional(),
    tasks: z.array(plannedTaskSchema),
    reused: z.array(plannedTaskSchema),
  })
  .meta({ id: 'RetryPlan' });
export type RetryPlanBody = z.infer<typeof retryPlanSchema>;
