import type { Json } from './json';
import type { ParamDeclaration, TaskSpecification } from './workflow-revision';
import type { Reach, ReachInTeam } from './reach';
import type { EndStatus, ItemKind, RunTrigger, TeamOperation, WorkflowTrigger, Origin } from '#libs/kernel';
import type { TaskRunBody, WorkflowRunBody, WorkflowSubmitRequest } from './run';
import type { StreamVersion } from './stream-version';

/** An item that an agent holds, with the fence for every message about it. `traceparent`: of a task, where it stands in a trace. */
export type Claimed<Body> = Body & { readonly fence: number; readonly traceparent?: string };

/** The agent that claims, and its token: only this token may report on the item. */
export interface ClaimingAgent {
  readonly id: string;
  readonly tokenId: string;
  /** Where its poll comes from. */
  readonly origin?: Origin;
}

/** Command over the bus: gives a ready task to an agent. Answers the task, or null if another agent was faster. */
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

/** Command over the bus: the lease of this claim ran out. Changes nothing if the claim is no longer the current one. */
export class ExpireLease {
  constructor(
    readonly reach: Reach,
    readonly kind: ItemKind,
    readonly runId: string,
    readonly itemId: string,
    readonly fence: number,
  ) {}
}

/** Query over the bus: the current task, as its agent gets it. Null if there is none. */
export class FindTaskRun {
  constructor(
    readonly reach: Reach,
    readonly runId: string,
    readonly taskRunId: string,
  ) {}
}

/**
 * Query over the bus: ids of the team's workflows with these names (ids among them stay as they are); absent = all
 * within the reach. Answers `string[]`, or undefined for every workflow of the team.
 */
export class FindWorkflowIds {
  constructor(
    readonly reach: ReachInTeam,
    readonly namesOrIds: readonly string[] | undefined,
  ) {}
}

/** Query over the bus: id of the team of a workflow; null if the reach does not cover one. */
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

/** Query over the bus: current names of a team's workflows, by id. Answers `ReadonlyMap<string, WorkflowName>`. */
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

/**
 * Query over the bus: workflows with these names in all teams of the reach, 1000 at most. Answers `NamedWorkflow[]`.
 */
export class FindWorkflowsNamed {
  constructor(
    readonly reach: Reach,
    readonly names: readonly string[],
  ) {}
}

/**
 * Query over the bus: names of people in the teams of the reach, by id; the id for somebody without a name there. Answers
 * `ReadonlyMap<string, string>`.
 */
export class FindPeopleNames {
  constructor(
    readonly reach: Reach,
    readonly people: readonly string[],
  ) {}
}

/** Query over the bus: whether the team had this name before. Answers `boolean`. */
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

/** Limits of a team; 0 = no limit. */
export interface TeamQuotas {
  readonly maxConcurrentRuns: number;
  readonly maxWorkflowRunMonthly: number;
  /** Minutes. */
  readonly maxWorkflowRunDuration: number;
  readonly maxWorkflowCount: number;
  /** GiB; for agents, which create the volumes. */
  readonly maxWorkflowStorage: number;
  readonly maxWorkflowRunStorage: number;
}

/** What a team sets for its runs. */
export interface TeamRunSettings {
  readonly isActive: boolean;
  readonly quotas: TeamQuotas;
  readonly global: readonly LayerParam[];
  readonly team: readonly LayerParam[];
  readonly readFrom: readonly StreamVersion[];
}

/** Query over the bus: the current settings of a team. Answers `TeamRunSettings`. */
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
 * Makes a delivery from outside count once: the sender's key, or an id in the delivery. `requestHash` absent:
 * everything under this key is the same delivery.
 */
export interface DeliveryKey {
  readonly scope: string;
  readonly key: string;
  readonly requestHash?: string;
}

/**
 * Command over the bus: creates a run and starts it. If a run with this id exists, answers that run. Refused like a
 * submit, and with WORKFLOWRUN_TRIGGER_DISABLED if the workflow's trigger is off or its conditions do not hold.
 */
export class RequestWorkflowRun {
  declare readonly answer: WorkflowRunBody;
  constructor(
    readonly reach: ReachInTeam,
    readonly request: {
      /** Name or id. */
      readonly workflow: string;
      readonly trigger: RunTrigger;
      readonly submit: WorkflowSubmitRequest;
      readonly actor: string;
      readonly initiator: string;
      readonly runId?: string;
      readonly origin?: Origin;
      /** What caused it. */
      readonly causationId?: string;
      /** The sender's reason. */
      readonly reason?: string;
      /** A repeated request with the same key gets the same answer. */
      readonly receipt?: DeliveryKey;
      /** A task of the team makes the run, so the workflow's trigger need not be enabled. */
      readonly isTrusted?: boolean;
    },
  ) {}
}

/** Command over the bus: gives an event or callback to a run. Answers its WorkflowRunBody. */
export class DeliverEvent {
  declare readonly answer: WorkflowRunBody;
  constructor(
    readonly reach: Reach,
    readonly delivery: {
      readonly runId: string;
      readonly topic: string;
      readonly status: EndStatus;
      readonly data: Json;
      readonly actor: string;
      readonly origin?: Origin;
      /** The sender's reason. */
      readonly reason?: string;
      readonly receipt?: DeliveryKey;
    },
  ) {}
}

/** Query over the bus: ids of the workflows of these runs, by the run's id, without those that the reach does not cover. Answers `ReadonlyMap<string, string>`. */
export class FindWorkflowsOfRuns {
  constructor(
    readonly reach: Reach,
    readonly runIds: readonly string[],
  ) {}
}

/** Query over the bus: id of the team of a run. Answers `string | null`: null if the reach does not cover one with this id. */
export class FindTeamOfRun {
  constructor(
    readonly reach: Reach,
    readonly runId: string,
  ) {}
}

/**
 * Query over the bus: the plan of a run, the text that its first event names by its SHA-256. Answers `string | null`:
 * null if the reach covers no such run, or its first event has the tasks themselves.
 */
export class FindPlanText {
  constructor(
    readonly reach: Reach,
    readonly runId: string,
  ) {}
}

/** Command over the bus: creates a schedule that fires once. If a schedule with this id exists, answers that one. */
export class CreateOneOffSchedule {
  declare readonly answer: { readonly id: string };
  constructor(
    readonly reach: ReachInTeam,
    readonly request: {
      readonly id: string;
      readonly workflow: string;
      /** Milliseconds since the epoch, before `time` applies. */
      readonly at: number;
      /** HH:mm in the time zone, on the day of `at`; null = at `at` itself. */
      readonly time: string | null;
      readonly timezone: string;
      readonly name: string;
      readonly params: readonly { readonly name: string; readonly value: Json }[];
      readonly actor: string;
      /** The task that asks for it. */
      readonly causationId: string;
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
  /** A task of the system; the system executes it. */
  readonly isSystem: boolean;
  readonly spec: TaskSpecification;
  /** Defaults of passwords are sealed. */
  readonly params: readonly ParamDeclaration[];
  readonly results: readonly {
    readonly name: string;
    readonly description: string | null;
    readonly searchable?: boolean;
  }[];
}

/** Query over the bus: a team's use of its quotas. Answers `TeamUsage`. */
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

/** Query over the bus: ids of a team's active workflows with this trigger enabled. Answers `string[]`. */
export class FindTriggeredWorkflows {
  constructor(
    readonly reach: ReachInTeam,
    readonly trigger: Exclude<WorkflowTrigger, 'manual'>,
  ) {}
}

/** Query over the bus: names of teams by id. Leaves out those that the reach does not cover. Answers `ReadonlyMap<string, string>`. */
export class FindTeamNames {
  constructor(
    readonly reach: Reach,
    readonly teamIds: readonly string[],
  ) {}
}

/** Query over the bus: a team by its id. Answers `TeamRef | null`: null if the reach does not cover it. */
export class FindTeamById {
  constructor(
    readonly reach: Reach,
    readonly teamId: string,
  ) {}
}

/**
 * Query over the bus: the reason of a request as it is kept, without secrets of the team that the request is about. Answers `string | undefined`;
 * refused if the team takes the operation only with a reason, and there is none.
 */
export class FindKeptReason {
  constructor(
    readonly reach: Reach,
    readonly teamId: string,
    readonly operation: TeamOperation,
    readonly reason: string | undefined,
  ) {}
}

/** What schedules need to know about a workflow. */
export interface ScheduledWorkflow {
  readonly id: string;
  readonly name: string;
  /** Why its schedules make no runs; null if they do. */
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
 * Command over the bus: records in a workflow's history that a webhook or event made no run, and why. Once a minute for
 * each reason.
 */
export class RecordRefusal {
  declare readonly answer: null;
  constructor(
    readonly reach: ReachInTeam,
    readonly refusal: {
      readonly workflowId: string;
      readonly trigger: RunTrigger;
      readonly reason: string;
      readonly message: string;
      readonly actor: string;
      readonly origin: Origin;
    },
  ) {}
}
