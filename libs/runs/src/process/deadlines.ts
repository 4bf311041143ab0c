import { serverReach } from '#libs/contracts';
import { noItem, type DueTimer, type Timers } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { RunCommander, unlessRefused } from '../application/run-commander';

/** Time limits of runs and tasks, ends of sleeps, backoffs between tries, time limits of lock waits. */
@Injectable()
export class Deadlines {
  constructor(private readonly runs: RunCommander) {}

  register(timers: Timers): void {
    timers.on('run-timeout', (timer) => this.fire(timer));
    timers.on('task-timeout', (timer) => this.fire(timer));
    timers.on('task-wake', (timer) => this.fire(timer));
  }

  private fire(timer: DueTimer): Promise<unknown> {
    const causationId = timer.itemId === noItem ? timer.streamId : timer.itemId;
    const context = { metadata: { actor: 'system:timer', reason: timer.kind, causationId } };
    return unlessRefused(this.runs.execute(serverReach, timer.streamId, commandOf(timer), context, () => null));
  }
}

function commandOf({ kind, itemId: taskId, dueAt }: DueTimer) {
  if (taskId === noItem) return { type: 'TimeOutRun' as const };
  return kind === 'task-timeout'
    ? { type: 'TimeOutTask' as const, taskId, dueAt }
    : { type: 'WakeTask' as const, taskId, dueAt };
}
