import type { Timers } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { ScheduleFiring } from './schedule-firing';

/** The work of a process with the role `worker` for triggers: firing schedules. */
@Injectable()
export class TriggersWorker {
  constructor(private readonly firing: ScheduleFiring) {}

  register(timers: Timers): void {
    this.firing.register(timers);
  }
}
