import { inTransaction } from '#libs/database';
import type { Pool, PoolClient } from 'pg';
import type { WakeUps } from './wake-ups';

export interface SubscriptionOptions<Event> {
  readonly name: string;
  /** How it reads the events after a position, in ledger order: `readAll` or `readStored`. */
  readonly read: (client: PoolClient, afterPosition: number, limit: number) => Promise<readonly Event[]>;
  /** Called with events in ledger order, inside the transaction that stores the position: both happen, or neither. */
  readonly handle: (events: readonly Event[], client: PoolClient) => Promise<void>;
  readonly batch?: number;
  /** Milliseconds between polls; wake-ups come in between. */
  readonly pollInterval?: number;
  /** Works only at polls, unless a whole batch is waiting: many events at a time, for work that costs by the batch. */
  readonly onlyAtPolls?: boolean;
  /** Whether others need the machine now: then it takes a fiftieth of the time at most, and falls behind. */
  readonly givesWay?: () => boolean;
  readonly onError?: (error: unknown) => void;
}

/** Events in a batch. */
const defaultBatch = 500;
/** For each millisecond of work, milliseconds of rest while others need the machine; and the longest rest. */
const rest = 49;
const longestRest = 5000;

/**
 * Reads the ledger from its stored position. If several processes have a subscription with the same name, one works at
 * a time (it locks the row); another continues where it stopped.
 */
export class Subscription<Event extends { readonly position: number }> {
  private stopped = false;
  private wakeUp: (() => void) | null = null;
  private woken = false;
  private loop: Promise<void> | null = null;
  private unsubscribe: (() => void) | null = null;

  constructor(
    private readonly pool: Pool,
    private readonly wakeUps: WakeUps,
    private readonly options: SubscriptionOptions<Event>,
  ) {}

  start(): void {
    if (!this.options.onlyAtPolls) this.unsubscribe = this.wakeUps.on(() => this.wake());
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.unsubscribe?.();
    this.wake();
    await this.loop;
  }

  private wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopped) {
      this.woken = false;
      let handled = 0;
      const began = performance.now();
      try {
        handled = await this.step();
        failures = 0;
      } catch (error) {
        failures++;
        this.options.onError?.(error);
      }
      // Do not retry a failure at every wake-up.
      if (failures > 0) this.woken = false;
      const least = this.options.onlyAtPolls ? (this.options.batch ?? defaultBatch) : 1;
      if (handled < least) await this.sleep(failures);
      else if (this.options.givesWay?.()) await this.rest(performance.now() - began);
    }
  }

  private step(): Promise<number> {
    const { name, batch, read, handle } = this.options;
    return inTransaction(this.pool, async (client) => {
      await client.query('insert into subscription (name, position) values ($1, 0) on conflict do nothing', [name]);
      const { rows } = await client.query<{ position: string }>(
        'select position from subscription where name = $1 for update skip locked',
        [name],
      );
      const position = rows[0]?.position;
      const events = position === undefined ? [] : await read(client, Number(position), batch ?? defaultBatch);
      const last = events.at(-1);
      if (last) {
        await handle(events, client);
        await client.query('update subscription set position = $2 where name = $1', [name, last.position]);
      }
      return events.length;
    });
  }

  /** After so many milliseconds of work. */
  private async rest(milliseconds: number): Promise<void> {
    if (this.stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(rest * milliseconds, longestRest));
      this.wakeUp = () => {
        if (!this.stopped) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = null;
  }

  /** Waits for the next poll or wake-up; after repeated failures for up to eight polls, at most five seconds. */
  private async sleep(failures: number): Promise<void> {
    if (this.woken || this.stopped) return;
    const interval = this.options.pollInterval ?? 1000;
    const pause =
      failures > 1 ? Math.min(interval * 2 ** Math.min(failures - 1, 3), Math.max(interval, 5000)) : interval;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pause);
      this.wakeUp = () => {
        if (failures > 0 && !this.stopped) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = null;
  }
}
