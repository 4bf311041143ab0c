import { Subscription, WakeUps } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { AutomaticRetry } from './automatic-retry';
import { RunCommander } from './run-commander';
import { RunTimers } from './run-timers';

/** What a process with the role `worker` does for runs: timers and automatic retries. Started and stopped by the program. */
@Injectable()
export class RunsWorker {
  private timers: RunTimers | null = null;
  private retries: Subscription | null = null;

  constructor(
    private readonly pool: Pool,
    private readonly wakeUps: WakeUps,
    private readonly runs: RunCommander,
    private readonly commands: CommandBus,
  ) {}

  start(onError: (error: unknown) => void): void {
    this.timers = new RunTimers(this.pool, this.runs, onError);
    this.timers.start();
    const retry = new AutomaticRetry(this.runs, this.commands);
    this.retries = new Subscription(this.pool, this.wakeUps, {
      name: 'automatic-retry',
      handle: (events) => retry.handle(events),
      onError,
    });
    this.retries.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.timers?.stop(), this.retries?.stop()]);
  }
}
