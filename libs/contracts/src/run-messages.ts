import type { Json } from './json';
import type { ParamDeclaration, TaskSpecification } from './workflow-revision';
import type { Reach, ReachInTeam } from './reach';
import type { RunTriggerName, TaskRunBody, WorkflowRunBody, WorkflowSubmitRequest } from './run';
import type { StreamVersion } from './stream-version';

/** An item that an agent holds: its body, and the fence to send back with every message about it. */
export type Claimed<Body> = Body & { readonly fence: number };

/** Who claims: the agent, and the token that alone may report on what is claimed. */
export interface ClaimingAgent {
  readonly id: string;
  readonly tokenId: string;
}

/** Command over the bus: gives a ready task to an agent. Answers the task, or null when somebody else was faster. */
export class ClaimTaskRun {
  declare readonly answer: Claimed<TaskRunBody> | null;
  constructor(
    readonly reach: Reach,
    readonly runId: string,
    readonly taskRunId: string,
    readonly agent: ClaimingAgent,
  ) {}
}

/** Command over the bus: gives a run to an agent, to start it or to clean up after it. */
export class ClaimWorkflowRun {
  declare readonly answer: Claimed<WorkflowRunBody> | null;
  constructor(
    readonly reach: Reach,
    readonly runId: string,
    readonly purpose: 'start' | 'finalize',
    readonly agent: ClaimingAgent,
  ) {}
}

/** Command over the bus: the lease of this claim ran out. Harmless when the claim is no longer the current one. */
export class ExpireLease {
  constructor(
    readonly reach: Reach,
    readonly kind: 'task' | 'run' | 'finalize',
    readonly runId: string,
    readonly itemId: string,
    readonly fence: number,
  ) {}
}

/** Command over the bus: the agent that held this task knows that it has ended, and has stopped it. */
export class AcknowledgeStop {
  constructor(
    readonly reach: Reach,
    readonly taskRunId: string,
  ) {}
}

/** Query over the bus: a task as it is, in the form that its agent gets. Null when there is none. */
export class FindTaskRun {
  constructor(
    readonly reach: Reach,
    readonly runId: string,
    readonly taskRunId: string,
  ) {}
}

/**
 * Query over the bus: ids of the team's workflows with these names (ids among them are passed through); absent = all that the reach
 * holds. Answers `string[]`, or undefined for every workflow of the team.
 */
export class FindWorkflowIds {
  constructor(
    readonly reach: ReachInTeam,
    readonly namesOrIds: readonly string[] | undefined,
  ) {}
}

/** Query over the bus: id of the team that a workflow belongs to; null where there is none within the reach. */
export class FindTeamOfWorkflow {
  constructor(
    readonly reach: Reach,
    readonly workflowId: string,
  ) {}
}

export interface WorkflowName {
  readonly name: string;
  readonly displayName: string;
}

/** Query over the bus: what workflows of a team are called now, by id. Answers `ReadonlyMap<string, WorkflowName>`. */
export class FindWorkflowNames {
  constructor(
    readonly reach: ReachInTeam,
    readonly ids: readonly string[],
  ) {}
}

export interface NamedWorkflow {
  readonly id: string;
  readonly teamId: string;
  readonly name: string;
}

/** Query over the bus: the workflows of these names in all teams of the reach, 1000 at most. Answers `NamedWorkflow[]`. */
export class FindWorkflowsNamed {
  constructor(
    readonly reach: Reach,
    readonly names: readonly string[],
  ) {}
}

/** Query over the bus: what people are called in a team, by id; somebody without a name by that id. Answers `ReadonlyMap<string, string>`. */
export class FindPeopleNames {
  constructor(
    readonly reach: ReachInTeam,
    readonly people: readonly string[],
  ) {}
}

/** Query over the bus: whether the team was called so before. Answers `boolean`. */
export class WasTeamNamed {
  constructor(
    readonly reach: ReachInTeam,
    readonly name: string,
  ) {}
}

/** A param of the installation or of a team. The value of a `password` is sealed. */
export interface LayerParam {
  readonly name: string;
  readonly value: Json;
  readonly type: string;
}

/** Limits of a team; 0 = none. */
export interface TeamQuotas {
  readonly maxConcurrentRuns: number;
  readonly maxWorkflowRunMonthly: number;
  /** Minutes. */
  readonly maxWorkflowRunDuration: number;
  readonly maxWorkflowCount: number;
  /** GiB; kept for agents, which make the volumes. */
  readonly maxWorkflowStorage: number;
  readonly maxWorkflowRunStorage: number;
}

/** What a team lays down for its runs. */
export interface TeamRunSettings {
  readonly isActive: boolean;
  readonly quotas: TeamQuotas;
  readonly global: readonly LayerParam[];
  readonly team: readonly LayerParam[];
  readonly readFrom: readonly StreamVersion[];
}

/** Query over the bus: the settings of a team as of now. Answers `TeamRunSettings`. */
export class FindTeamRunSettings {
  constructor(readonly reach: ReachInTeam) {}
}

export interface ApproverGroupRef {
  readonly id: string;
  readonly name: string;
  /** Ids of its members: names or e-mail addresses of users. */
  readonly approvers: readonly string[];
}

/** Query over the bus: a team's approver group by id or name. Answers `ApproverGroupRef | null`. */
export class FindApproverGroup {
  constructor(
    readonly reach: ReachInTeam,
    readonly nameOrId: string,
  ) {}
}

/**
 * Under which a delivery from outside counts once: by the sender's key, or by an id of its own. `requestHash` absent: whatever comes under
 * that key is the same delivery.
 */
export interface DeliveryKey {
  readonly scope: string;
  readonly key: string;
  readonly requestHash?: string;
}

/**
 * Command over the bus: makes a run and starts it. Under an id that was made already it answers that run. Refused like a submit,
 * with WORKFLOWRUN_TRIGGER_DISABLED where the workflow's trigger is off or its conditions do not hold.
 */
export class RequestWorkflowRun {
  declare readonly answer: WorkflowRunBody;
  constructor(
    readonly reach: ReachInTeam,
    readonly request: {
      /** Name or id. */
      readonly workflow: string;
      readonly trigger: RunTriggerName;
      readonly submit: WorkflowSubmitRequest;
      readonly actor: string;
      readonly initiator: string;
      readonly runId?: string;
      readonly requestId?: string;
      /** Why, in the sender's words. */
      readonly reason?: string;
      /** Answers the same again to whoever sends the same key. */
      readonly receipt?: DeliveryKey;
      /** It was made by a task of the team, so the workflow's trigger need not be enabled. */
      readonly isTrusted?: boolean;
    },
  ) {}
}

/** Command over the bus: hands an event or callback to a run. Answers its WorkflowRunBody. */
export class DeliverEvent {
  declare readonly answer: WorkflowRunBody;
  constructor(
    readonly reach: Reach,
    readonly delivery: {
      readonly runId: string;
      readonly topic: string;
      readonly status: 'succeeded' | 'failed' | 'invalid';
      readonly data: Json;
      readonly actor: string;
      readonly requestId?: string;
      /** Why, in the sender's words. */
      readonly reason?: string;
      readonly receipt?: DeliveryKey;
    },
  ) {}
}

/** Query over the bus: whether there is a run of that id within the reach. */
export class IsRun {
  constructor(
    readonly reach: Reach,
    readonly runId: string,
  ) {}
}

/** Command over the bus: makes a schedule that fires once. Under an id that was made already it answers that one. */
export class CreateOneOffSchedule {
  declare readonly answer: { readonly id: string };
  constructor(
    readonly reach: ReachInTeam,
    readonly request: {
      readonly id: string;
      readonly workflow: string;
      /** Milliseconds since the epoch, before `time` is applied. */
      readonly at: number;
      /** HH:mm in the time zone, on the day of `at`; null = at `at` itself. */
      readonly time: string | null;
      readonly timezone: string;
      readonly name: string;
      readonly params: readonly { readonly name: string; readonly value: Json }[];
      readonly actor: string;
    },
  ) {}
}

/** Query over the bus: a task of the catalogue, `name` or `team/name`, in a version (absent = the latest). */
export class FindCatalogueTask {
  constructor(
    readonly reach: ReachInTeam,
    readonly ref: string,
    readonly version?: number,
  ) {}
}

export interface CatalogueTask {
  readonly ref: string;
  readonly type: string;
  readonly version: number;
  readonly active: boolean;
  /** The system's own, which the system runs. */
  readonly isSystem: boolean;
  readonly spec: TaskSpecification;
  /** Defaults of passwords are sealed. */
  readonly params: readonly ParamDeclaration[];
  readonly results: readonly { readonly name: string; readonly description: string | null }[];
}

/** Query over the bus: what a team uses of its quotas. Answers `TeamUsage`. */
export class FindTeamUsage {
  constructor(readonly reach: ReachInTeam) {}
}
export interface TeamUsage {
  readonly liveRuns: number;
  /** Since the first of the month, UTC. */
  readonly monthlyRuns: number;
}

/** Query over the bus: the workflows of a team, by name. Answers `WorkflowSummaryBody[]`. */
export class FindWorkflowSummaries {
  constructor(readonly reach: ReachInTeam) {}
}

/** Query over the bus: ids of a team's active workflows that have this trigger enabled. Answers `string[]`. */
export class FindTriggeredWorkflows {
  constructor(
    readonly reach: ReachInTeam,
    readonly trigger: 'schedule' | 'webhook' | 'event' | 'github',
  ) {}
}

/** Query over the bus: a team by its id. Answers `TeamRef | null`: null where there is none within the reach. */
export class FindTeamById {
  constructor(
    readonly reach: Reach,
    readonly teamId: string,
  ) {}
}

/** A workflow, as far as its schedules must know it. */
export interface ScheduledWorkflow {
  readonly id: string;
  readonly name: string;
  /** Why its schedules make no runs; null where they do. */
  readonly stop: 'deleted' | 'inactive' | 'trigger' | null;
}

/** Query over the bus: the workflows of a team with these ids, deleted ones too. Answers `ScheduledWorkflow[]`. */
export class FindScheduledWorkflows {
  constructor(
    readonly reach: ReachInTeam,
    readonly workflowIds: readonly string[],
  ) {}
}

/**
 * Command over the bus: remembers in a workflow's history that what came from outside made no run, and why. Of one kind, once a minute.
 */
export class RecordRefusal {
  declare readonly answer: null;
  constructor(
    readonly reach: ReachInTeam,
    readonly refusal: {
      readonly workflowId: string;
      readonly trigger: RunTriggerName;
      readonly reason: string;
      readonly message: string;
      readonly actor: string;
      readonly requestId: string;
    },
  ) {}
}
