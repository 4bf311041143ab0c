import { type LedgerMoment, type Reach, reaches } from '#libs/contracts';
import { type Clock, CLOCK, isId, RefusedError, toTimestamp } from '#libs/kernel';
import { findMoment, readStreamPage, type StreamMoment, timeOfEvent, type VersionedState } from '#libs/ledger';
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { RunEvent, WorkflowRunState } from '../domain';
import { RunCommander } from './run-commander';
import { placeOfRun, RUN_CATEGORY, type RunCategory, unknownRun } from './run-category';

/** A run as it was. */
export interface PastRun {
  readonly state: WorkflowRunState;
  /** The last event that had happened. */
  readonly version: number;
  readonly position: number;
  readonly time: string;
  /** The moment, for what is beside the run. */
  readonly moment: LedgerMoment;
  /** The time of an answer of that moment, in milliseconds since the epoch. */
  readonly now: number;
}

/** Runs as they were: the fold of the first events of their own streams. */
@Injectable()
export class RunHistory {
  private folding: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly pool: Pool,
    @Inject(RUN_CATEGORY) private readonly category: RunCategory,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly runs: RunCommander,
  ) {}

  /**
   * @param parameter the request's name of the moment, for refusals.
   * @throws RefusedError WORKFLOWRUN_INVALID_REFERENCE if the reach covers no such run, or it did not exist yet;
   * QUERY_INVALID_FILTERS if the moment has not come.
   */
  async at(reach: Reach, runId: string, moment: StreamMoment, parameter: string): Promise<PastRun> {
    if (!isId(runId)) throw unknownRun();
    await this.runs.refuseArchived(reach, runId);
    const found = await findMoment(this.pool, runId, moment);
    // Where the run is never changes, so its first state says it as well.
    const version = Math.max(1, found.version);
    const [past, [last]] = await Promise.all([
      this.fold(runId, version),
      readStreamPage(this.pool, runId, { afterVersion: version - 1, limit: 1 }),
    ]);
    if (!past || !last || !reaches(reach, placeOfRun(past.state))) throw unknownRun();
    refuseFuture(parameter, moment, { ...found, now: this.clock.now() });
    const { position } = last;
    const time = timeOfEvent(last);
    if (found.version === 0) {
      const { message } = unknownRun();
      throw new RefusedError(
        'WORKFLOWRUN_INVALID_REFERENCE',
        `${message} It did not exist then: its first event is at position ${position}, ${time}.`,
      );
    }
    const now = 'time' in moment ? moment.time : (last.data as RunEvent['data']).at;
    return { state: past.state, version, position, time, now, moment: 'time' in moment ? moment : { position } };
  }

  /** One run at a time: what is read of a large one is many times its answer. */
  private fold(runId: string, version: number): Promise<VersionedState<WorkflowRunState> | undefined> {
    const folded = this.folding.then(() => this.category.loadAt(this.pool, runId, version));
    this.folding = folded.catch(() => undefined);
    return folded;
  }
}

function refuseFuture(
  parameter: string,
  moment: StreamMoment,
  { newest, head, now }: { readonly newest: number; readonly head: number; readonly now: number },
): void {
  const refuse = (bound: string) => {
    throw new RefusedError(
      'QUERY_INVALID_FILTERS',
      `Invalid query filters have been provided. Parameter ${parameter} ${bound}`,
    );
  };
  if ('version' in moment && moment.version > newest) {
    refuse(`must be at most ${newest}, the version of the WorkflowRun now.`);
  }
  if ('position' in moment && moment.position > head) {
    refuse(`must be at most ${head}, the newest position of the ledger.`);
  }
  if ('time' in moment && moment.time > now) refuse(`must not be later than now, ${toTimestamp(now)}.`);
}
