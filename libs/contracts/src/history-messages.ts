import type { Reach, ReachInTeam } from './reach';

/** Query over the bus: names of the actors of events, by actor. Leaves out those without a name. Answers `ReadonlyMap<string, string>`. */
export class FindActorNames {
  constructor(
    readonly reach: ReachInTeam,
    readonly actors: readonly string[],
  ) {}
}

/** Query over the bus: names of registered agents, by id. Leaves out those that are forgotten. Answers `ReadonlyMap<string, string>`. */
export class FindAgentNames {
  constructor(
    readonly reach: Reach,
    readonly ids: readonly string[],
  ) {}
}

/** Query over the bus: names of a team's schedules, by id, also of deleted ones. Answers `ReadonlyMap<string, string>`. */
export class FindScheduleNames {
  constructor(
    readonly reach: ReachInTeam,
    readonly ids: readonly string[],
  ) {}
}

/** What an agent has to do with an item: it may claim it, holds it, or must stop it. Times are milliseconds since the epoch. */
export interface AgentItem {
  readonly id: string;
  readonly state: 'ready' | 'leased' | 'stopping';
  readonly since: number;
  readonly agentId: string | null;
  /** When the claim ends unless the agent shows that it lives; null for an item that is ready. */
  readonly leaseUntil: number | null;
}

/** Query over the bus: those of a team's items that agents are to do, hold or must stop. Answers `AgentItem[]`. */
export class FindAgentItems {
  constructor(
    readonly reach: ReachInTeam,
    readonly ids: readonly string[],
  ) {}
}

export interface LivingAgents {
  /** Of a task, or `run` for runs. */
  readonly type: string;
  readonly count: number;
  /** The first ten by name. */
  readonly agents: readonly { readonly id: string; readonly name: string }[];
}

/** Query over the bus: the agents that are alive and serve a team, by the type of task that they take. Answers `LivingAgents[]`, one for each type. */
export class FindLivingAgents {
  constructor(
    readonly reach: ReachInTeam,
    readonly types: readonly string[],
  ) {}
}

export interface LockQueue {
  readonly key: string;
  readonly holder: { readonly runId: string; readonly taskId: string } | null;
  /** Those that wait, the next one first. */
  readonly queue: readonly { readonly runId: string; readonly taskId: string }[];
}

/** Query over the bus: a team's locks with these keys. Answers `LockQueue[]`, without those that nobody has ever asked for. */
export class FindLocks {
  constructor(
    readonly reach: ReachInTeam,
    readonly keys: readonly string[],
  ) {}
}

/** Query over the bus: those of these tokens that are valid and may report on the tasks of a team. Answers `ReadonlySet<string>`. */
export class FindServingTokens {
  constructor(
    readonly reach: ReachInTeam,
    readonly tokenIds: readonly string[],
  ) {}
}

/** A moment of the ledger: with the event at a position, or at a time in milliseconds since the epoch. */
export type LedgerMoment = { readonly position: number } | { readonly time: number };

/** The names of a team and of its people, as they were. */
export interface TeamNames {
  readonly teamName: string;
  /** By id; the id for somebody without a name. */
  readonly people: ReadonlyMap<string, string>;
}

/** Query over the bus: the names of a team and of these people in it at a moment. Answers `TeamNames`. */
export class FindTeamNamesAt {
  constructor(
    readonly reach: ReachInTeam,
    readonly people: readonly string[],
    readonly moment: LedgerMoment,
  ) {}
}

/** Query over the bus: names of a team's workflows at a moment, by id. Answers `ReadonlyMap<string, WorkflowName>`. */
export class FindWorkflowNamesAt {
  constructor(
    readonly reach: ReachInTeam,
    readonly ids: readonly string[],
    readonly moment: LedgerMoment,
  ) {}
}
