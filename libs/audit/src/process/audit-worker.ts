import { Injectable } from '@nestjs/common';
import { AttemptRecorder } from '../application/attempt-recorder';
import { AuditIndex } from '../application/audit-index';

/** Milliseconds between rounds: the index of the trail grows, and counts of refused attempts are recorded. */
const interval = 5000;

/** Background work for the trail. The program starts and stops it. */
@Injectable()
export class AuditWorker {
  private timer: NodeJS.Timeout | null = null;
  private advancing: Promise<unknown> | null = null;

  constructor(
    private readonly index: AuditIndex,
    private readonly attempts: AttemptRecorder,
  ) {}

  /** Every server records what it refuses; only a worker keeps the index. */
  start(isWorker: boolean, onError: (error: unknown) => void): void {
    this.attempts.listen(onError);
    this.timer = setInterval(() => {
      this.attempts.summariseOld();
      if (!isWorker || this.advancing) return;
      this.advancing = this.index
        .advance(true)
        .catch(onError)
        .finally(() => (this.advancing = null));
    }, interval).unref();
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await Promise.all([this.attempts.settled(), this.advancing]);
  }
}
