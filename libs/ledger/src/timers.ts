import { advisoryLocks, inTransaction, isConnectionLoss } from '#libs/database';
import { RefusedError } from '#libs/kernel';
import type { Pool, PoolClient } from 'pg';
import type { ViewUpdate } from './types';

/** A row of `timer` that is due. */
export interface DueTimer {
  readonly streamId: string;
  readonly kind: string;
  /** The item within the stream, for example a task; all zeros for the stream itself. */
  readonly itemId: string;
  /** Milliseconds since the epoch, as it was set. */
  readonly dueAt: number;
}

/**
 * Does the work of a timer of its kind. It may be called again for the same timer, so its effect must count once (a
 * decider that appends nothing the second time, or a derived id). When it resolves, the timer is removed, unless it was
 * set again meanwhile; when it rejects, the timer is retried later.
 */
export type TimerHandler = (timer: DueTimer) => Promise<unknown>;

/** For an item that stands for the stream itself. */
export const noItem = '00000000-0000-0000-0000-000000000000';

const batchSize = 500;
/** Milliseconds before the next check if another process is sweeping. */
const lockPause = 25;
/** The most milliseconds between checks while they fail. */
const longestPause = 2000;

/** `lost`: the database was away. */
type Outcome = 'done' | 'failed' | 'lost';

interface Row {
  stream_id: string;
  kind: string;
  item_id: string;
  due: string;
}

/**
 * Fires due timers. Timers are rows, so those that came due while no server ran fire at the next start. One process
 * sweeps at a time: it holds an advisory lock that ends with its connection, and that a frozen process loses. Any
 * process may take over.
 */
export class Timers {
  private readonly handlers = new Map<string, TimerHandler>();
  private timeout: NodeJS.Timeout | null = null;
  private fireAt = Infinity;
  private sweeping: Promise<void> | null = null;
  private stopped = true;
  private again = false;
  private failures = 0;
  private lostWith: unknown = null;

  constructor(
    private readonly pool: Pool,
    private readonly onError: (error: unknown, timer?: DueTimer) => void,
    /** The most milliseconds between checks of the table. */
    private readonly interval = 250,
  ) {}

  on(kind: string, handler: TimerHandler): void {
    if (this.handlers.has(kind)) throw new Error(`There are two handlers for timers of kind ${kind}`);
    this.handlers.set(kind, handler);
  }

  start(): void {
    this.stopped = false;
    this.lookAt(Date.now());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timeout) clearTimeout(this.timeout);
    await this.sweeping;
  }

  /** This process has committed these views: checks again when the first of their timers is due. */
  noticed(views: readonly ViewUpdate[]): void {
    if (this.stopped) return;
    for (const { sqlFunction, rows } of views) {
      if (sqlFunction !== 'timer_apply') continue;
      for (const { due } of rows as readonly { readonly due: number | null }[]) if (due !== null) this.lookAt(due);
    }
  }

  private lookAt(time: number, longest = this.interval): void {
    if (this.stopped || time >= this.fireAt) return;
    this.fireAt = time;
    if (this.timeout) clearTimeout(this.timeout);
    this.timeout = setTimeout(() => this.sweep(), Math.max(0, Math.min(time - Date.now(), longest)));
  }

  private sweep(): void {
    this.timeout = null;
    this.fireAt = Infinity;
    if (this.sweeping) {
      // Set after the current sweep had already read the table.
      this.again = true;
      return;
    }
    this.sweeping = this.fireAll()
      .then((next) => {
        this.failures = 0;
        return next;
      })
      .catch((error: unknown) => {
        this.onError(error);
        // Do not report it at every check while the database is away.
        return Date.now() + Math.min(this.interval * 2 ** this.failures++, longestPause);
      })
      .then((next) => {
        this.sweeping = null;
        const isBehind = this.again && this.failures === 0;
        this.again = false;
        if (this.failures > 0) this.lookAt(next, longestPause);
        else this.lookAt(isBehind ? Date.now() : Math.min(next, Date.now() + this.interval));
      });
  }

  /** Returns when to check again, in milliseconds since the epoch. */
  private fireAll(): Promise<number> {
    return inTransaction(
      this.pool,
      async (client) => {
        const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [
          advisoryLocks.timers,
        ]);
        return rows[0]?.mine ? this.fireDue(client) : Date.now() + lockPause;
      },
      `begin; set local idle_in_transaction_session_timeout = '15s'`,
    );
  }

  private async fireDue(client: PoolClient): Promise<number> {
    const kinds = [...this.handlers.keys()];
    for (;;) {
      // `clock_timestamp()` is no condition for an index: it would look at every timer there is.
      const { rows } = await client.query<Row>({
        name: 'due_timers',
        text: `select stream_id, kind, item_id, (extract(epoch from due_at) * 1000)::bigint as due
                 from timer where fire_at <= statement_timestamp() and kind = any($1) order by fire_at limit $2`,
        values: [kinds, batchSize],
      });
      const fired: Record<Outcome, Row[]> = { done: [], failed: [], lost: [] };
      await Promise.all(rows.map(async (row) => fired[await this.fire(row)].push(row)));
      await this.settle(fired.done, fired.failed);
      // Leave them unchanged, and do not postpone them: the failure was not theirs.
      if (fired.lost.length > 0) throw this.lostWith;
      if (this.stopped) return Infinity;
      if (rows.length === batchSize) continue;
      const { rows: later } = await client.query<{ next: string | null }>({
        name: 'next_timer',
        text: `select (extract(epoch from min(fire_at)) * 1000)::float8 + 1 as next from timer where kind = any($1)`,
        values: [kinds],
      });
      const next = later[0]?.next;
      return next === null || next === undefined ? Infinity : Math.max(Number(next), Date.now() + 2);
    }
  }

  private async fire(row: Row): Promise<Outcome> {
    const timer = { streamId: row.stream_id, kind: row.kind, itemId: row.item_id, dueAt: Number(row.due) };
    try {
      await this.handlers.get(row.kind)?.(timer);
      return 'done';
    } catch (error) {
      if (isConnectionLoss(error) || (error instanceof RefusedError && error.reason === 'SERVICE_UNAVAILABLE')) {
        this.lostWith = error;
        return 'lost';
      }
      this.onError(error, timer);
      return 'failed';
    }
  }

  /**
   * Removes fired timers and postpones failed ones, unless they were set again meanwhile. Runs outside the sweep's
   * transaction: an append that sets the same timer must not wait for the sweep, which may be waiting for that append.
   */
  private async settle(done: readonly Row[], failed: readonly Row[]): Promise<void> {
    const values = (rows: readonly Row[]) => [
      rows.map((row) => row.stream_id),
      rows.map((row) => row.kind),
      rows.map((row) => row.item_id),
      rows.map((row) => row.due),
    ];
    // Locks rows in the order of the key, as the append does.
    const found = `with found as (
        select t.stream_id, t.kind, t.item_id from timer t
          join unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[]) as f(stream_id, kind, item_id, due)
            on t.stream_id = f.stream_id and t.kind = f.kind and t.item_id = f.item_id
           and t.due_at = to_timestamp(f.due / 1000.0)
         order by t.stream_id, t.kind, t.item_id for update of t)`;
    const match = `(t.stream_id, t.kind, t.item_id) = (found.stream_id, found.kind, found.item_id)`;
    if (done.length > 0) {
      const text = `${found} delete from timer t using found where ${match}`;
      await this.pool.query({ name: 'settle_timers', text, values: values(done) });
    }
    if (failed.length > 0) {
      await this.pool.query({
        name: 'postpone_timers',
        text: `${found} update timer t
                  set attempts = attempts + 1,
                      fire_at = clock_timestamp() + make_interval(secs => least(60, 0.5 * 2 ^ least(attempts, 10)))
                 from found where ${match}`,
        values: values(failed),
      });
    }
  }
}
