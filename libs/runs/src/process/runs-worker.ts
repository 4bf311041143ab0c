import { Timers } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { Approvals } from './approvals';
import { AutomaticRetry } from './automatic-retry';
import { ChildRuns } from './child-runs';
import { Deadlines } from './deadlines';
import { Locks } from './locks';
import { OneOffSchedules } from './one-off-schedules';

/** What a process with the role `worker` does for runs: every kind of timer that a run sets. */
@Injectable()
export class RunsWorker {
  private readonly parts: readonly { register(timers: Timers): void }[];

  constructor(
    deadlines: Deadlines,
    automaticRetry: AutomaticRetry,
    childRuns: ChildRuns,
    locks: Locks,
    approvals: Approvals,
    oneOffSchedules: OneOffSchedules,
  ) {
    this.parts = [deadlines, automaticRetry, childRuns, locks, approvals, oneOffSchedules];
  }

  register(timers: Timers): void {
    for (const part of this.parts) part.register(timers);
  }
}
