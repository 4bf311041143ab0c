import type {
  ActionStatus,
  ActionType,
  CommandContext,
  EndStatus,
  Holder,
  Json,
  JsonObject,
  Labels,
} from '#libs/kernel';
import type { Reach, ReachInTeam } from './reach';
import type { TaskRunBody, WorkflowRunBody, WorkflowRunRequest } from './run';
import type { Claimed, ClaimingAgent } from './run-messages';

/** Command over the bus: starts a run that is pending or queued; the request is merged over it. */
export class StartWorkflowRun {
  declare readonly answer: WorkflowRunBody;
  constructor(
    readonly reach: Reach,
    readonly runId: string,
    readonly request: WorkflowRunRequest,
    readonly context: CommandContext,
    readonly holder?: Holder,
  ) {}
}

/** Command over the bus: ends the life of a completed run. Nothing of it is held by an agent any more. */
export class FinalizeWorkflowRun {
  declare readonly answer: WorkflowRunBody;
  constructor(
    readonly reach: Reach,
    readonly runId: string,
    readonly context: CommandContext,
    readonly holder?: Holder,
  ) {}
}

interface Said {
  readonly labels?: Labels;
  readonly annotations?: JsonObject;
}

/** What the agent takes in the same commit: tasks of these types that the end has made ready. */
export interface NextTasks {
  readonly agent: ClaimingAgent;
  readonly types: readonly string[];
  readonly limit: number;
  /** What they may take in the answer together. */
  readonly maxBytes: number;
}

/** What an agent says of a task: it has started, ended, or is not to go on. */
export type TaskReport =
  | (Said & {
      readonly type: 'StartTask';
      readonly params?: readonly { readonly name: string; readonly value: Json }[];
      readonly timeout?: number;
    })
  | (Said & {
      readonly type: 'EndTask';
      readonly status: EndStatus;
      readonly statusMessage?: string;
      readonly results: readonly { readonly name: string; readonly description: string | null; readonly value: Json }[];
      readonly claims?: NextTasks;
    })
  | { readonly type: 'CancelTask' }
  | { readonly type: 'ReleaseTask' };

/** Command over the bus: an agent's message about a task. Answers the task, and what the agent has claimed with it. */
export class ReportTaskRun {
  declare readonly answer: { readonly task: TaskRunBody; readonly claimed: readonly Claimed<TaskRunBody>[] };
  constructor(
    readonly reach: Reach,
    readonly taskRunId: string,
    readonly report: TaskReport,
    readonly holder: Holder,
    readonly context: CommandContext,
    /** The report that follows it at once: both are accepted in one commit, or none. */
    readonly next: TaskReport | null = null,
  ) {}
}

/** What there is to know of a task for its output. */
export interface TaskOutput {
  readonly teamId: string;
  /** Of the current claim. */
  readonly fence: number;
  /** Whether the sender holds the task by the current claim. */
  readonly isHeld: boolean;
  readonly hasBegun: boolean;
  readonly hasEnded: boolean;
  /** What the task was given: its secrets are sealed in it, and must not be read in its output. */
  readonly given: readonly unknown[];
}

/** Query over the bus: a task, for its output. Answers `TaskOutput | null`: null where there is none within the reach. */
export class FindTaskOutput {
  constructor(
    readonly reach: Reach,
    readonly taskRunId: string,
    /** Absent: no one could write. */
    readonly holder?: Holder,
  ) {}
}

/** What a person is asked to decide or do, as it is kept. */
export interface KeptAction {
  readonly id: string;
  readonly type: ActionType;
  readonly status: ActionStatus;
  readonly instructions: string | null;
  /** Id or name of the team's approver group whose members may decide; null = whoever may act in the team. */
  readonly approverGroupRef: string | null;
  /** Approvals that it takes. */
  readonly required: number;
  readonly creationDate: number;
  readonly actioners: readonly KeptActioner[];
}

export interface KeptActioner {
  /** `user:<name>` or `token:<id>`. */
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly comments: string | null;
  readonly approved: boolean;
  readonly date: number;
}

/** The row of an action: runs write it with their events, people's context reads it. */
export interface ActionRow {
  readonly id: string;
  readonly run_id: string;
  readonly task_run_id: string;
  readonly team_id: string;
  readonly workflow_id: string;
  readonly type: ActionType;
  readonly status: ActionStatus;
  readonly created: number;
  readonly state: KeptAction & { readonly taskName: string; readonly workflowName: string; readonly teamName: string };
}

/** A person's decision on an action of a run. Who may decide is the sender's to have checked. */
export interface TaskDecision {
  readonly runId: string;
  readonly actionId: string;
  readonly actioner: Omit<KeptActioner, 'date'>;
}

/**
 * Command over the bus: decisions on one or more actions, all of which are carried out, in one commit, or none. At least one. `shape`
 * makes the answer of the actions as they are then, in the order of the decisions: it is kept under the sender's key with the commit.
 */
export class DecideTaskActions<Answer> {
  declare readonly answer: Answer;
  constructor(
    readonly reach: ReachInTeam,
    readonly decisions: readonly TaskDecision[],
    readonly context: CommandContext,
    readonly shape: (actions: readonly (KeptAction | null)[]) => Answer,
  ) {}
}
