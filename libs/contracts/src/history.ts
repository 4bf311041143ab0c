import { runPhases, runStatuses } from '#libs/kernel';
import { z } from 'zod';
import { anyJson } from './json';

const dateTime = z.string().meta({ format: 'date-time', examples: ['2023-10-05T05:20:08.956+00:00'] });
const position = z.int().min(1);
const version = z.int32().min(1);

/** `id`: `user:<name>`, `token:<id>`, `agent:<id>`, `schedule:<id>`, `run:<id>` or `system:<part>`. */
export const eventActorSchema = z.object({ id: z.string(), name: z.string().optional() }).meta({ id: 'EventActor' });

export const historyEventSchema = z
  .object({
    position,
    version,
    type: z.string(),
    /** When the ledger recorded it. */
    time: dateTime,
    /** The type of the command that made it, such as CancelRun. */
    action: z.string(),
    actor: eventActorSchema,
    /** The token that was used, where the actor is not the token itself. */
    tokenId: z.string().optional(),
    reason: z.string().optional(),
    requestId: z.string().optional(),
    /** The client's, of the request. */
    address: z.string().optional(),
    userAgent: z.string().optional(),
    traceparent: z.string().optional(),
    /** The server that took the command, `<id>/<version>`. */
    server: z.string().optional(),
    /** The same for all events of one command. */
    commandId: z.string(),
    /** The id of what led to the command: a run, a task of one, a lock or a schedule. */
    causationId: z.string().optional(),
    /** The run, of events of runs. */
    workflowRunRef: z.string().optional(),
    data: z.record(z.string(), anyJson),
  })
  .meta({ id: 'HistoryEvent' });
export type HistoryEventBody = z.infer<typeof historyEventSchema>;

/** `next`: what to send as `after` for the next page; absent on the last one. */
export const historyPageSchema = z
  .object({ events: z.array(historyEventSchema), next: position.optional() })
  .meta({ id: 'HistoryPage' });
export type HistoryPageBody = z.infer<typeof historyPageSchema>;

const changeSchema = z
  .object({ path: z.string(), before: anyJson.optional(), after: anyJson.optional() })
  .meta({ id: 'FieldChange' });

const runMomentSchema = z.object({ version, position, time: dateTime }).meta({ id: 'RunMoment' });
/** `total`: how many fields differ; `changes`: those of the page. */
export const runDifferenceSchema = z
  .object({ from: runMomentSchema, to: runMomentSchema, total: z.int(), changes: z.array(changeSchema) })
  .meta({ id: 'RunDifference' });
export type RunDifferenceBody = z.infer<typeof runDifferenceSchema>;

/** One save of a workflow. `replaced`: a later save has taken its number over. */
export const workflowSaveSchema = z
  .object({
    version,
    revisionId: z.string(),
    replaced: z.boolean(),
    position,
    time: dateTime,
    actor: eventActorSchema,
    reason: z.string().optional(),
    requestId: z.string().optional(),
    /** The paths of the fields that it changed, at most 100; of the first save, none. */
    changed: z.array(z.string()),
  })
  .meta({ id: 'WorkflowSave' });
export type WorkflowSaveBody = z.infer<typeof workflowSaveSchema>;

/** `next`: what to send as `after` for the next page; absent on the last one. */
export const workflowSavesSchema = z
  .object({ revisions: z.array(workflowSaveSchema), next: position.optional() })
  .meta({ id: 'WorkflowRevisions' });
export type WorkflowSavesBody = z.infer<typeof workflowSavesSchema>;

export const workflowDifferenceSchema = z
  .object({ from: version, to: version, total: z.int(), changes: z.array(changeSchema) })
  .meta({ id: 'WorkflowDifference' });
export type WorkflowDifferenceBody = z.infer<typeof workflowDifferenceSchema>;

/** What something waits for. */
export const waitKinds = [
  'start',
  'agent-for-run',
  'run-held',
  'dependencies',
  'agent',
  'claimed',
  'agent-runs',
  'sleep',
  'backoff',
  'approval',
  'manual',
  'event',
  'lock',
  'child-run',
  'schedule',
  'stopping',
  'server',
  'retry',
  'parent-run',
  'agent-for-cleanup',
  'cleanup',
] as const;
export type WaitKind = (typeof waitKinds)[number];

/** Whoever could help. */
export const helperSchema = z
  .object({
    kind: z.enum(['agent', 'agents', 'approver-group', 'member', 'lock-holder', 'run', 'task', 'team', 'token']),
    id: z.string().optional(),
    name: z.string().optional(),
    /** Of agents: the type of task that they must take. */
    taskType: z.string().optional(),
    /** Of agents: how many are alive. */
    count: z.int().optional(),
    /** Of a run or task. */
    status: z.enum(runStatuses).optional(),
  })
  .meta({ id: 'Helper' });
export type HelperBody = z.infer<typeof helperSchema>;

export const waitSchema = z
  .object({
    kind: z.enum(waitKinds),
    sentence: z.string(),
    /** Absent: the run itself waits. */
    task: z.object({ id: z.string(), name: z.string(), type: z.string(), status: z.enum(runStatuses) }).optional(),
    since: dateTime.optional(),
    /** When the wait ends by itself; absent = not by itself. */
    until: dateTime.optional(),
    /** When a time limit ends it, and whose. */
    timesOut: z.object({ at: dateTime, of: z.enum(['run', 'task']) }).optional(),
    /** Whoever could help, the first 20. */
    who: z.array(helperSchema),
  })
  .meta({ id: 'Wait' });
export type WaitBody = z.infer<typeof waitSchema>;

export const runExplanationSchema = z
  .object({
    id: z.string(),
    version,
    status: z.enum(runStatuses),
    phase: z.enum(runPhases),
    summary: z.string(),
    /** Unfinished tasks, and tasks that are being stopped. */
    open: z.int(),
    waits: z.array(waitSchema),
  })
  .meta({ id: 'RunExplanation' });
export type RunExplanationBody = z.infer<typeof runExplanationSchema>;
