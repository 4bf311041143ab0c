import type { Pool, PoolClient } from 'pg';
import { readAll } from './read-ledger';
import type { RecordedEvent } from './types';
import type { Upcasters } from './upcasters';
import type { WakeUps } from './wake-ups';

export interface SubscriptionOptions {
  readonly name: string;
  /** Called with events in ledger order, inside the transaction that stores the position: both happen, or neither. */
  readonly handle: (events: readonly RecordedEvent[], client: PoolClient) => Promise<void>;
  readonly batch?: number;
  /** Milliseconds between polls; wake-ups come in between. */
  readonly pollInterval?: number;
  readonly upcasters?: Upcasters;
  readonly onError?: (error: unknown) => void;
}

/**
 * Reads the ledger from its stored position on. Of several processes with a subscription of one name, one works at a time
 * (the row is locked); another takes over where it stopped.
 */
export class Subscription {
  private stopped = false;
  private wakeUp: (() => void) | null = null;
  private woken = false;
  private loop: Promise<void> | null = null;
  private unsubscribe: (() => void) | null = null;

  constructor(
    private readonly pool: Pool,
    private readonly wakeUps: WakeUps,
    private readonly options: SubscriptionOptions,
  ) {}

  start(): void {
    this.unsubscribe = this.wakeUps.on(() => this.wake());
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
    await this.pool
      .query('insert into subscription (name, position) values ($1, 0) on conflict do nothing', [this.options.name])
      .catch((error: unknown) => this.options.onError?.(error));
    while (!this.stopped) {
      this.woken = false;
      let handled = 0;
      try {
        handled = await this.step();
      } catch (error) {
        this.options.onError?.(error);
      }
      if (handled === 0) await this.sleep();
    }
  }

  private async step(): Promise<number> {
    const client = await this.pool.connect();
    try {
      await client.query('begin');
      const { rows } = await client.query<{ position: string }>(
        'select position from subscription where name = $1 for update skip locked',
        [this.options.name],
      );
      const position = rows[0]?.position;
      const events =
        position === undefined
          ? []
          : await readAll(client, Number(position), this.options.batch ?? 500, this.options.upcasters);
      const last = events.at(-1);
      if (last) {
        await this.options.handle(events, client);
        await client.query('update subscription set position = $2 where name = $1', [this.options.name, last.position]);
      }
      await client.query('commit');
      return events.length;
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    } finally {
      client.release();
    }
  }

  private async sleep(): Promise<void> {
    if (this.woken || this.stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.options.pollInterval ?? 1000);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = null;
  }
}
