import { serverReach } from '#libs/contracts';
import { derivedId } from '#libs/kernel';
import { loadStatesFrom, CommandProcessor, type DueTimer, type StreamCategory, type Timers } from '#libs/ledger';
import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '#libs/kernel';
import {
  type LockCommand,
  lockDecider,
  type LockEvent,
  type LockState,
  type TaskRunState,
  type WorkflowRunState,
  taskOfRun,
  valueOf,
} from '../../domain';
import { CLOCK } from '../clock.token';
import { RunCommander, unlessRefused } from '../run-commander';

export const lockCategory: StreamCategory<LockState, LockCommand, LockEvent> = {
  name: 'lock',
  decider: lockDecider,
  load: loadStatesFrom<LockState>('team_lock'),
  project: (changes) => [
    {
      sqlFunction: 'team_lock_apply',
      rows: changes.map(({ after, version }) => ({
        id: after.id,
        team_id: after.teamId,
        key: after.key,
        version,
        state: after,
      })),
    },
    {
      // Whoever holds it at the end of the batch is told.
      sqlFunction: 'timer_apply',
      rows: changes.flatMap(({ before, after, events }) =>
        after.holder && after.holder.taskId !== before?.holder?.taskId
          ? [
              {
                stream_id: after.id,
                kind: 'lock-grant',
                item_id: after.holder.taskId,
                due: events.at(-1)?.data.at ?? 0,
              },
            ]
          : [],
      ),
    },
  ],
};

function lockIdOf(teamId: string, key: string): string {
  return derivedId(teamId, 'lock', key);
}

/** Brings runs and the locks of their team together: who waits queues there, and is told here. */
@Injectable()
export class Locks {
  constructor(
    private readonly runs: RunCommander,
    private readonly processor: CommandProcessor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  register(timers: Timers): void {
    timers.on('lock-request', (timer) => this.request(timer));
    timers.on('lock-grant', (timer) => this.grant(timer));
    timers.on('lock-release', (timer) => this.release(timer));
  }

  private async request({ streamId, itemId }: DueTimer): Promise<void> {
    const run = await this.runs.find(serverReach, streamId);
    const task = taskOfRun(run, itemId);
    if (task?.waitsFor !== 'lock' || task.waitKey === null) return;
    const lockId = lockIdOf(run.teamId, task.waitKey);
    const claim = { runId: run.id, taskId: task.id, lockId, teamId: run.teamId, key: task.waitKey };
    await this.send(lockId, { type: 'RequestLock', now: this.clock.now(), ...claim });
  }

  private async grant({ streamId, itemId }: DueTimer): Promise<void> {
    const lock = await this.processor.load(lockCategory, streamId);
    const holder = lock?.state.holder;
    if (!lock || holder?.taskId !== itemId) return;
    const { key } = lock.state;
    const context = { metadata: { actor: 'system:locks', reason: 'lock granted' } };
    const command = { type: 'GrantLock' as const, taskId: itemId, key };
    const run = await unlessRefused(this.runs.execute(serverReach, holder.runId, command, context, (state) => state));
    // It has stopped waiting in the meantime: the next one's turn.
    if (!run || !holds(run, itemId))
      await this.send(streamId, { type: 'ReleaseLock', now: this.clock.now(), ...holder });
  }

  private async release({ streamId, itemId }: DueTimer): Promise<void> {
    const run = await this.runs.find(serverReach, streamId);
    const key = keyOf(taskOfRun(run, itemId));
    if (key === null || holds(run, itemId)) return;
    const claim = { runId: run.id, taskId: itemId };
    await this.send(lockIdOf(run.teamId, key), { type: 'ReleaseLock', now: this.clock.now(), ...claim });
  }

  private send(lockId: string, command: LockCommand): Promise<unknown> {
    const metadata = { actor: 'system:locks', causationId: command.runId };
    return this.processor.execute(lockCategory, { streamId: lockId, command, metadata });
  }
}

/** Whether the run has the lock by this claim, and still needs it. */
function holds(run: WorkflowRunState, taskId: string): boolean {
  return run.phase === 'running' && run.locks.some((lock) => lock.taskId === taskId);
}

function keyOf(task: TaskRunState | undefined): string | null {
  const key = valueOf(task?.params ?? [], 'key');
  return typeof key === 'string' ? key : null;
}
