import { at, eventSchemas, json, jsonObject, labels, milliseconds, named, schemaOf } from '#libs/events';
import { actionTypes, endStatuses, executionConditions, runStatuses, runTriggers, taskTypes } from '#libs/kernel';
import { z } from 'zod';
import type { RunEvent } from './events';
import type { CopiedSubmission, PackedSubmission } from './packed-run';
import type {
  ActionRequest,
  Actioner,
  Backoff,
  ChildRun,
  HeldLock,
  ParameterLayers,
  ParentTask,
  PlannedParam,
  PlannedTask,
  RetryOf,
  ReusedTask,
  RunOverlay,
  RunParam,
  RunResult,
  TaskDependency,
  TaskRunSpec,
  TaskWait,
  WorkflowIdentity,
  Workspace,
} from './types';

const text = z.string();
const taskId = text.describe('id of the task');
const duration = milliseconds.describe('how long it took, in milliseconds');
const fence = z.int().describe('number of the claim; it rises with every claim and every expired lease');
const statusMessage = text.describe('why, in words');
const timeout = z.number().describe('the most minutes that it may take; 0 = no limit');

const param = {
  name: text.describe('name'),
  value: json.describe('value; parts that are secret are sealed'),
  type: text.describe('type of the declaration; `password` = secret').exactOptional(),
  isTemplate: z.boolean().describe('the value holds tokens that are still to be substituted').exactOptional(),
};
const runParam = named('RunParam', schemaOf<RunParam>()(z.strictObject(param)));
const runParams = z.array(runParam);

const plannedParam = named(
  'PlannedParam',
  schemaOf<PlannedParam>()(
    z.strictObject({
      ...param,
      declared: z
        .strictObject({
          type: text,
          options: z.array(text).exactOptional(),
          minValueLength: z.number().exactOptional(),
          maxValueLength: z.number().exactOptional(),
          required: z.boolean(),
        })
        .describe("the catalogue's declaration, for a value that is known only later")
        .exactOptional(),
    }),
  ),
);

const runResult = named(
  'RunResult',
  schemaOf<RunResult>()(
    z.strictObject({
      name: text.describe('name'),
      description: text.nullable().describe('what it is'),
      value: json.describe('value; parts that are secret are sealed'),
    }),
  ),
);

const workspace = named(
  'Workspace',
  schemaOf<Workspace>()(
    z.strictObject({
      name: text.describe('name'),
      description: text.nullable().describe('what it is for'),
      type: text.nullable().describe('type, as the definition says it'),
      optional: z.boolean().describe('whether the run does without it'),
      spec: json.describe('what the definition says of it'),
    }),
  ),
);

const taskSpec = named(
  'TaskSpec',
  schemaOf<TaskRunSpec>()(
    z.strictObject({
      arguments: z.array(text).nullable().describe('arguments of the command'),
      command: z.array(text).nullable().describe('the command'),
      envs: z
        .array(z.strictObject({ name: text, value: text.nullable() }))
        .nullable()
        .describe('environment variables'),
      image: text.nullable().describe('image of a container'),
      script: text.nullable().describe('script'),
      workingDir: text.nullable().describe('folder to work in'),
    }),
  ),
);

const dependency = named(
  'TaskDependency',
  schemaOf<TaskDependency>()(
    z.strictObject({
      task: text.describe('name of the task that this one depends on'),
      executionCondition: z.enum(executionConditions).describe('how that task must have ended'),
      decisionCondition: text.describe(
        'lines, each a regular expression for the value of a decision; empty = default edge',
      ),
    }),
  ),
);

const backoff = named(
  'Backoff',
  schemaOf<Backoff>()(
    z.strictObject({
      delay: milliseconds.describe('milliseconds before the second try'),
      factor: z.number().describe('how many times longer each next wait is'),
      maxDelay: milliseconds.describe('the longest wait, in milliseconds'),
    }),
  ),
);

const planned = {
  name: text.describe('name in the workflow'),
  type: z.enum(taskTypes).describe('type of the task'),
  taskRef: text.nullable().describe('id of the task in the catalogue'),
  taskVersion: z.int().nullable().describe('its version in the catalogue'),
  timeout,
  dependencies: z.array(dependency).describe('the tasks that it depends on'),
  params: z.array(plannedParam).describe('params, not yet substituted'),
  results: z
    .array(
      z.strictObject({
        name: text,
        description: text.nullable(),
        searchable: z
          .literal(true)
          .describe('the search by text finds runs by its value; absent = it does not')
          .exactOptional(),
      }),
    )
    .describe('results that it declares'),
  labels: labels.describe('labels'),
  annotations: jsonObject.describe('annotations'),
  spec: taskSpec.describe('what is executed, not yet substituted'),
  retries: z.number().describe('how often it is tried again after a failure; absent = 0').exactOptional(),
  backoff: backoff.describe('how long to wait before each next try').exactOptional(),
};
const plannedTask = named('PlannedTask', schemaOf<PlannedTask>()(z.strictObject(planned)));

const workflow = named(
  'WorkflowIdentity',
  schemaOf<WorkflowIdentity>()(
    z.strictObject({
      id: text.describe('id of the workflow'),
      revisionId: text.describe('id of the revision'),
      version: z.int().describe('number of the revision'),
      name: text.describe('name when the run was submitted'),
      displayName: text.describe('display name when the run was submitted'),
    }),
  ),
);

const parent = schemaOf<ParentTask>()(z.strictObject({ runId: text, taskId: text, wait: z.boolean() }));

const layers = schemaOf<ParameterLayers>()(z.strictObject({ global: runParams, team: runParams }));

const retry = schemaOf<RetryOf>()(z.strictObject({ of: text, count: z.int() }));

const reusedTask = named(
  'ReusedTask',
  schemaOf<ReusedTask>()(
    z.strictObject({
      taskRunId: text.describe('id of the task in the original run'),
      status: z.enum(runStatuses).describe('how it ended'),
      statusMessage: text.nullable().describe('why, in words'),
      startTime: milliseconds.nullable().describe('when it started, in milliseconds since the epoch'),
      duration,
      params: runParams.describe('params that it had'),
      results: z.array(runResult).describe('results that it gave'),
      decisionValue: text.nullable().describe('value of a decision'),
    }),
  ),
);

const submission = {
  at,
  runId: text.describe('id of the run'),
  teamId: text.describe('id of the team'),
  teamName: text.describe('name of the team'),
  workflow: workflow.describe('the workflow, and which revision of it'),
  trigger: z.enum(runTriggers).describe('what started the run'),
  labels: labels.describe('labels of the definition and the request'),
  annotations: jsonObject.describe('annotations of the definition and the request'),
  params: runParams.describe('params of the definition and the request, not yet substituted'),
  workspaces: z.array(workspace).describe('workspaces'),
  timeout,
  retries: z.number().describe('how often the run is made again after a failure'),
  debug: z.boolean().describe('what the definition or the request says of debugging'),
};
/** What not every submission has. */
const optionalParts = {
  initiator: text.describe('who asked for it: `token:<id>`, `user:<name>`, `schedule:<id>`').exactOptional(),
  maxTimeout: z.number().describe("the team's limit, in minutes; absent or 0 = none").exactOptional(),
  parent: parent.describe('of a child run: the task that made it, and whether that task waits for it').exactOptional(),
  depth: z.int().describe('how many runs are above it').exactOptional(),
  layers: layers
    .describe('params of the installation and the team that the run refers to, as they were')
    .exactOptional(),
  retry: retry.describe('of a retry: the id of the first run, and which retry it is, from 1').exactOptional(),
  traceparent: text
    .describe(
      'where it stands in a trace (W3C Trace Context): of the request that made it, of its parent, or of what it retries',
    )
    .exactOptional(),
  reused: z
    .record(text, reusedTask)
    .describe('of a retry from a task on: what it takes over from the original, by name of the task')
    .exactOptional(),
};

const action = named(
  'ActionRequest',
  schemaOf<ActionRequest>()(
    z.strictObject({
      id: text.describe('id of the action'),
      type: z.enum(actionTypes).describe('what is asked for'),
      instructions: text.nullable().describe('what to do'),
      approverGroupRef: text
        .nullable()
        .describe('id or name of the group that may decide; null = everybody who may act'),
      required: z.number().describe('approvals that are needed'),
    }),
  ),
);

const actioner = named(
  'Actioner',
  schemaOf<Actioner>()(
    z.strictObject({
      id: text.describe('`user:<name>` or `token:<id>`'),
      name: text.describe('name'),
      email: text.nullable().describe('e-mail address'),
      comments: text.nullable().describe('why'),
      approved: z.boolean().describe('yes or no'),
      date: milliseconds.describe('when, in milliseconds since the epoch'),
    }),
  ),
);

const child = named(
  'ChildRun',
  schemaOf<ChildRun>()(
    z.strictObject({
      runId: text.describe('id of the child run'),
      workflow: text.describe('name or id of its workflow'),
      wait: z.boolean().describe('whether the task ends as the child ends'),
    }),
  ),
);

const wait = named(
  'TaskWait',
  schemaOf<TaskWait>()(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('sleep') }),
      z.strictObject({ kind: z.literal('backoff') }),
      z.strictObject({ kind: z.literal('action'), action }),
      z.strictObject({ kind: z.literal('event'), topic: text }),
      z.strictObject({ kind: z.literal('lock'), key: text }),
      z.strictObject({ kind: z.literal('child'), child }),
      z.strictObject({ kind: z.literal('schedule'), workflow: text, at: milliseconds }),
    ]),
  ),
);

const heldLock = {
  key: text.describe('key of the lock'),
  taskId,
  tries: z.int().describe('tries of that task that had failed before the one that acquired the lock'),
};
schemaOf<HeldLock>()(z.strictObject(heldLock));

const overlay = named(
  'RunOverlay',
  schemaOf<RunOverlay>()(
    z.strictObject({
      labels: labels.describe('labels that it adds').exactOptional(),
      annotations: jsonObject.describe('annotations that it adds').exactOptional(),
      params: runParams.describe('params that it sets').exactOptional(),
      workspaces: z.array(workspace).describe('workspaces that it sets').exactOptional(),
      timeout: timeout.exactOptional(),
      retries: z.number().describe('how often the run is made again after a failure').exactOptional(),
      debug: z.boolean().describe('what it says of debugging').exactOptional(),
    }),
  ),
);

const claim = {
  agentId: text.describe('id of the agent'),
  tokenId: text.describe('id of its token: only this token may report'),
  fence,
};

/** The events of a run. */
export const runEventSchemas = eventSchemas<RunEvent>()({
  WorkflowRunSubmitted: {
    summary: 'The run exists: the request is merged with the revision, and the tasks are planned (notstarted/pending).',
    earlier: [
      schemaOf<CopiedSubmission>()(
        z.strictObject({
          ...submission,
          tasks: z.array(z.strictObject({ ...planned, id: text })).describe('the tasks, each with its id'),
          ...optionalParts,
        }),
      ),
    ],
    stored: schemaOf<PackedSubmission>()(
      z.strictObject({
        ...submission,
        plan: text
          .regex(/^[0-9a-f]{64}$/)
          .describe('hash of the plan in hexadecimal: see [the ledger](ledger.md#plans)'),
        ...optionalParts,
      }),
    ),
    data: z.strictObject({ ...submission, tasks: z.array(plannedTask).describe('the plan'), ...optionalParts }),
  },
  WorkflowRunQueued: {
    summary: 'The params of the run are resolved; an agent may claim it (ready/pending).',
    data: z.strictObject({ at, params: runParams.describe('resolved') }),
  },
  WorkflowRunClaimed: {
    summary: 'An agent claims the run, to start it (phase queued) or to clean up after it.',
    data: z.strictObject({ at, ...claim, purpose: z.enum(['start', 'finalize']).describe('what for') }),
  },
  WorkflowRunReleased: {
    summary: 'The lease of the agent ran out; the run may be claimed again.',
    data: z.strictObject({ at, fence }),
  },
  WorkflowRunStarted: {
    summary: 'The run runs (running/running).',
    data: z.strictObject({
      at,
      overlay: overlay.describe('what the start request has added').exactOptional(),
      params: runParams.describe('resolved'),
    }),
  },
  TaskRunReady: {
    summary: 'All edges into the task hold, and its params are resolved (ready/pending).',
    data: z.strictObject({
      at,
      taskId,
      params: runParams.describe('resolved'),
      spec: taskSpec.describe('resolved; absent if it is as the plan has it').exactOptional(),
      work: z.number().describe('cost of the substitution; absent = 0').exactOptional(),
    }),
  },
  TaskRunClaimed: {
    summary: 'An agent claims the task (ready/queued).',
    data: z.strictObject({ at, ...claim, taskId }),
  },
  TaskRunReleased: {
    summary: 'The claim is over and the task is ready again: the lease ran out, or the agent gave the task back.',
    data: z.strictObject({
      at,
      taskId,
      fence,
      isGivenBack: z.literal(true).describe('the agent gave it back').exactOptional(),
    }),
  },
  TaskRunStarted: {
    summary: 'The task runs (running/running).',
    data: z.strictObject({
      at,
      taskId,
      labels: labels.describe('labels that the agent has added').exactOptional(),
      annotations: jsonObject.describe('annotations that the agent has added').exactOptional(),
      params: runParams.describe('params that the agent has set').exactOptional(),
      timeout: timeout.exactOptional(),
    }),
  },
  TaskRunWaiting: {
    summary: 'The task waits (waiting/running).',
    data: z.strictObject({
      at,
      taskId,
      until: milliseconds
        .describe('when the wait ends by itself, in milliseconds since the epoch; absent = never')
        .exactOptional(),
      for: wait.describe('what for; absent = a sleep').exactOptional(),
    }),
  },
  TaskRunEnded: {
    summary: 'The task has ended (phase completed).',
    data: z.strictObject({
      at,
      taskId,
      status: z.enum(['succeeded', 'failed', 'invalid', 'cancelled', 'timedout', 'skipped']).describe('how'),
      duration,
      statusMessage: statusMessage.exactOptional(),
      results: z.array(runResult).describe('all its results').exactOptional(),
      decisionValue: text.describe('value of a decision').exactOptional(),
      labels: labels.describe('labels that the agent has added').exactOptional(),
      annotations: jsonObject.describe('annotations that the agent has added').exactOptional(),
      tookEvent: text.describe('topic of the event that the run had kept, and that the task took').exactOptional(),
    }),
  },
  TaskRunRetried: {
    summary: 'A try of the task has failed, and there will be another (waiting/pending).',
    data: z.strictObject({
      at,
      taskId,
      until: milliseconds.describe('when the next try begins, in milliseconds since the epoch'),
      statusMessage,
    }),
  },
  TaskRunRequeued: {
    summary: 'The wait before the next try is over (ready/pending).',
    data: z.strictObject({ at, taskId }),
  },
  ActionDecided: {
    summary: 'A person has decided on an action; if this completes the action, the task ends.',
    data: z.strictObject({ at, taskId, actioner: actioner.describe('who, and what they decided') }),
  },
  WorkflowRunEventReceived: {
    summary: 'An event or a callback has come: the tasks that wait for its topic end, or the run keeps it.',
    data: z.strictObject({
      at,
      topic: text.describe('topic'),
      status: z.enum(endStatuses).describe('how the tasks that wait for it end'),
      data: json.describe('what was sent'),
      bytes: z.number().describe('bytes of the data as JSON').exactOptional(),
    }),
  },
  LockAcquired: {
    summary: 'A task of the run holds the lock.',
    data: z.strictObject({ at, ...heldLock }),
  },
  LockReleased: {
    summary: 'The run has given up the lock.',
    data: z.strictObject({ at, ...heldLock }),
  },
  WorkflowRunResultSet: {
    summary: 'A task has set a result of the run.',
    data: z.strictObject({
      at,
      name: text.describe('name of the result'),
      value: json.describe('value; parts that are secret are sealed'),
    }),
  },
  WorkflowRunStatusOverridden: {
    summary: 'A task has decided how the run will end.',
    data: z.strictObject({ at, status: z.enum(['succeeded', 'failed']).describe('how') }),
  },
  WorkflowRunCompleted: {
    summary: 'Every task has ended, and so has the run (phase completed).',
    data: z.strictObject({
      at,
      status: z.enum(['succeeded', 'failed']).describe('how'),
      duration,
      statusMessage: statusMessage.exactOptional(),
    }),
  },
  WorkflowRunCancelled: {
    summary: 'Somebody has cancelled the run (cancelled/completed).',
    data: z.strictObject({ at, duration, statusMessage }),
  },
  WorkflowRunTimedOut: {
    summary: 'The run has ended because a time limit was over (timedout/completed).',
    data: z.strictObject({
      at,
      cause: z.enum(['WorkflowRun', 'TaskRun']).describe('whose time limit'),
      duration,
      statusMessage,
    }),
  },
  WorkflowRunFinalized: {
    summary: 'The run is cleaned up after, or was finalized by a request (phase finalized).',
    data: z.strictObject({ at }),
  },
});
