import type {
  BulkAction,
  CommandContext,
  FaultReason,
  Permission,
  RunOutcome,
  RunPhase,
  RunStatus,
} from '#libs/kernel';
import type { Reach, ReachInTeam } from './reach';
import type { WorkflowRunBody } from './run';
import type { RunFiltersBody } from './run-filters';

export type RunSelection = { readonly runs: readonly string[] } | { readonly filters: RunFiltersBody };

/** A run that is selected, and what would come of the action. */
export interface SelectedRun {
  readonly id: string;
  /** Null: no such run is within the reach, or it is archived. */
  readonly standing: { readonly status: RunStatus; readonly phase: RunPhase } | null;
  readonly outcome: RunOutcome;
  readonly refusal?: { readonly reason: FaultReason; readonly message: string };
}

export interface SelectedRuns {
  /** Of the ledger: all of this was so at that position. */
  readonly position: number;
  /** In the order of their creation, or as they were named. */
  readonly runs: readonly SelectedRun[];
  /** The first of them. */
  readonly sample: readonly WorkflowRunBody[];
}

/**
 * Query over the bus: the runs that are meant, at one position of the ledger. Answers `SelectedRuns`; refused with QUERY_INVALID_FILTERS
 * if more than `most` fit the filters.
 */
export class SelectRuns {
  constructor(
    readonly reach: ReachInTeam,
    readonly action: BulkAction,
    readonly selection: RunSelection,
    readonly most: number,
    readonly sample: number,
  ) {}
}

/** Command over the bus: cancels a run for a bulk job, which is the cause in the context. */
export class CancelRunOfBulk {
  /** Whether this job has changed the run, now or in an earlier try. */
  declare readonly answer: { readonly changed: boolean };
  constructor(
    readonly reach: Reach,
    readonly runId: string,
    readonly bulkId: string,
    readonly context: CommandContext,
  ) {}
}

/** Command over the bus: retries a run for a bulk job, which is the cause in the context. A job makes one retry of each run. */
export class RetryRunOfBulk {
  /** The id of the new run. */
  declare readonly answer: { readonly id: string };
  constructor(
    readonly reach: Reach,
    readonly runId: string,
    readonly bulkId: string,
    readonly from: string | undefined,
    readonly context: CommandContext,
  ) {}
}

/** Query over the bus: what a token can reach in the team now, with this permission. Answers `ReachInTeam | null`. */
export class FindReachOfToken {
  constructor(
    readonly reach: Reach,
    readonly tokenId: string,
    readonly teamId: string,
    readonly permission: Permission,
  ) {}
}
