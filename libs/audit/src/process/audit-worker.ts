import { Subscription, WakeUps } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { AttemptRecorder } from '../application/attempt-recorder';
import { auditSubscription, indexEvents } from '../application/audit-index';

/** Milliseconds between looks at counts of refused attempts. */
const summarising = 10_000;

/** Keeps the index of the trail, and the counts of refused attempts. The program starts and stops it. */
@Injectable()
export class AuditWorker {
  private subscription: Subscription | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly pool: Pool,
    private readonly wakeUps: WakeUps,
    private readonly attempts: AttemptRecorder,
  ) {}

  /** Every server records what it refuses; only a worker keeps the index. */
  start(isWorker: boolean, onError: (error: unknown) => void): void {
    this.attempts.listen(onError);
    this.timer = setInterval(() => this.attempts.summariseOld(), summarising).unref();
    if (!isWorker) return;
    this.subscription = new Subscription(this.pool, this.wakeUps, {
      name: auditSubscription,
      handle: indexEvents,
      onError,
    });
    this.subscription.start();
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.attempts.settled();
    await this.subscription?.stop();
  }
}
