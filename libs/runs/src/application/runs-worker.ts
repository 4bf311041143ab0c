import { Timers } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { Approvals } from './effects/approvals';
import { AutomaticRetry } from './effects/automatic-retry';
import { ChildRuns } from './effects/child-runs';
import { Deadlines } from './effects/deadlines';
import { Locks } from './effects/locks';
import { OneOffSchedules } from './effects/one-off-schedules';

/** The work of a process with the role `worker` for runs: every kind of timer that a run sets. */
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
