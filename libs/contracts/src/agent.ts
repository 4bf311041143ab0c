import { z } from 'zod';
import { ignoring } from './ignored-fields';
import { anyJson } from './json';
import { taskTypes } from '#libs/kernel';
import { annotationsSchema, labelsSchema, runParamSchema, taskRunSchema, workflowRunSchema } from './run';
import { uniqueNames } from './unique-names';

const name = z.string().min(1).max(256);

export const agentRegistrationSchema = z
  .object({
    name: z.string().max(256).nullish(),
    host: name,
    version: z.union([z.int(), z.string().max(64)]).nullish(),
    taskTypes: z.array(z.enum(taskTypes)).min(1).max(taskTypes.length),
    workflowAnnotations: z.array(anyJson).max(1000).nullish(),
    taskAnnotations: z.array(anyJson).max(1000).nullish(),
  })
  .meta({ id: 'AgentRegistration' });
export type AgentRegistration = z.infer<typeof agentRegistrationSchema>;

export const taskRunStartSchema = ignoring(
  z
    .object({
      labels: labelsSchema.nullish(),
      annotations: annotationsSchema.nullish(),
      params: z.array(runParamSchema).max(1000).superRefine(uniqueNames).nullish(),
      timeout: z.int().min(0).max(525_600).nullish(),
    })
    .meta({ id: 'TaskRunStartRequest' }),
  'preApproved',
  'workspaces',
);
export type TaskRunStart = z.infer<typeof taskRunStartSchema>;

export const taskRunEndSchema = z
  .object({
    /**
     * Absent = succeeded, as in the reference. The handler checks it, because a wrong status has its own code, 1505.
     */
    status: z.string().max(64).nullish(),
    /**
     * The server masks it, and then cuts it to 4096 characters: a message that is cut first may end within a secret.
     */
    statusMessage: z.string().max(65_536).nullish(),
    labels: labelsSchema.nullish(),
    annotations: annotationsSchema.nullish(),
    results: z
      .array(z.object({ name, description: z.string().max(1024).nullish(), value: anyJson.optional() }))
      .max(1000)
      .superRefine(uniqueNames)
      .nullish(),
  })
  .meta({ id: 'TaskRunEndRequest' });
export type TaskRunEnd = z.infer<typeof taskRunEndSchema>;

/** Reports in one request, at most. */
export const maxReports = 256;

const reported = { id: z.string().min(1).max(64), fence: z.int().min(0).nullish() };

/** One of several reports: what the route of that name takes, with the fence beside it instead of in a header. */
export const taskRunReportSchema = z
  .discriminatedUnion('report', [
    z.object({ ...reported, report: z.literal('start'), body: taskRunStartSchema.nullish() }),
    z.object({ ...reported, report: z.literal('end'), body: taskRunEndSchema.nullish() }),
    z.object({ ...reported, report: z.literal('cancel') }),
    z.object({ ...reported, report: z.literal('release') }),
  ])
  .meta({ id: 'TaskRunReport' });
export type TaskRunReport = z.infer<typeof taskRunReportSchema>;

export const taskRunReportsSchema = z
  .object({
    reports: z.array(taskRunReportSchema).min(1).max(maxReports),
    /** The agent takes tasks that these ends make ready, in the same commit. */
    next: z.object({ agent: z.string().min(1).max(64), limit: z.int().min(1).max(maxReports) }).nullish(),
  })
  .meta({ id: 'TaskRunReports' });
export type TaskRunReports = z.infer<typeof taskRunReportsSchema>;

const claimed = { fence: z.int() };
/** `traceparent`: where it stands in a trace (W3C Trace Context). */
const claimedTask = { ...claimed, traceparent: z.string().optional() };

/** What became of a report: the status that its own route answers, and the error body if that is one. */
export const taskRunReportAnswerSchema = z
  .object({
    id: z.string(),
    report: z.enum(['start', 'end', 'cancel', 'release']),
    status: z.int(),
    error: z.object({ code: z.int(), reason: z.string(), message: z.string() }).optional(),
    /** What the agent has taken with the report. */
    next: z.array(taskRunSchema.extend(claimedTask)).optional(),
  })
  .meta({ id: 'TaskRunReportAnswer' });
export type TaskRunReportAnswer = z.infer<typeof taskRunReportAnswerSchema>;

/** The tasks that the agent says it holds; absent: it does not say. */
export const heartbeatRequestSchema = z
  .object({
    items: z
      .array(z.object({ id: z.string().max(64), fence: z.int().min(0) }))
      .max(10_000)
      .nullish(),
  })
  .meta({ id: 'AgentHeartbeatRequest' });
export type HeartbeatRequest = z.infer<typeof heartbeatRequestSchema>;

export const heartbeatSchema = z
  .object({
    leaseSeconds: z.number(),
    items: z.array(z.object({ id: z.string(), fence: z.int(), kind: z.enum(['workflowrun', 'taskrun']) })),
  })
  .meta({ id: 'AgentHeartbeat' });
export type Heartbeat = z.infer<typeof heartbeatSchema>;

/** The answer to a poll: a run or a task, with the fence for reports about it. */
export const agentWorkSchema = z
  .union([taskRunSchema.extend(claimedTask), workflowRunSchema.extend(claimed)])
  .meta({ id: 'AgentWork' });
