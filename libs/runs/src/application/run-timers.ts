import { RefusedError } from '#libs/kernel';
import type { Pool } from 'pg';
import type { RunCommander } from './run-commander';

interface DueTimer {
  run_id: string;
  kind: 'run-timeout' | 'task-timeout' | 'task-wake';
  task_id: string;
}

/**
 * Fires what is due: time limits of runs and tasks, ends of sleeps. Timers are rows, so that those which came due while no
 * server ran fire at the next start; any process may fire one, and the decider sees to it that it counts once.
 */
export class RunTimers {
  private timer: NodeJS.Timeout | null = null;
  private sweeping: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly pool: Pool,
    private readonly runs: RunCommander,
    private readonly onError: (error: unknown) => void,
    /** Milliseconds between looks at the table. */
    private readonly interval = 250,
  ) {}

  start(): void {
    this.stopped = false;
    this.schedule();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.sweeping;
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.sweeping = this.sweep()
        .catch(this.onError)
        .finally(() => {
          this.sweeping = null;
          this.schedule();
        });
    }, this.interval);
  }

  private async sweep(): Promise<void> {
    for (;;) {
      const { rows } = await this.pool.query<DueTimer>({
        name: 'due_timers',
        text: 'select run_id, kind, task_id from timer where due_at <= now() order by due_at limit 500',
      });
      await Promise.all(rows.map((row) => this.fire(row)));
      if (rows.length < 500 || this.stopped) return;
    }
  }

  private async fire(timer: DueTimer): Promise<void> {
    const context = { metadata: { actor: 'system:timer', reason: timer.kind } };
    try {
      const appended = await this.runs.execute(
        timer.run_id,
        commandOf(timer),
        context,
        (_state, _now, events) => events.length,
      );
      if (appended > 0) return;
    } catch (error) {
      if (!(error instanceof RefusedError) || error.status >= 500) {
        this.onError(error);
        return;
      }
    }
    // The run has gone past it: nothing to do, now or later.
    await this.pool.query('delete from timer where run_id = $1 and kind = $2 and task_id = $3 and due_at <= now()', [
      timer.run_id,
      timer.kind,
      timer.task_id,
    ]);
  }
}

function commandOf({ kind, task_id: taskId }: DueTimer) {
  switch (kind) {
    case 'run-timeout':
      return { type: 'TimeOutRun' as const };
    case 'task-timeout':
      return { type: 'TimeOutTask' as const, taskId };
    case 'task-wake':
      return { type: 'WakeTask' as const, taskId };
  }
}
