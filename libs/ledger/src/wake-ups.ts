import { randomUUID } from 'node:crypto';
import { type Connections, WatchedClient } from '#libs/database';
import type { Pool } from 'pg';

const channel = 'runledger_position';
const none: ReadonlySet<string> = new Set();

/** `topics`: what is new; null where nobody knows. */
export type WakeUpListener = (topics: ReadonlySet<string> | null) => void;

export interface WakeUpsOptions {
  /** Milliseconds during which commits share one NOTIFY; 20 if absent. */
  readonly delay?: number;
  /** Milliseconds between two checks of the connection, and the time limit of each; 2000 if absent. */
  readonly proof?: number;
  /** Watches the connection. */
  readonly connections?: Connections;
}

/** Milliseconds before a lost connection is opened again, at first and at most. */
const firstPause = 100;
const longestPause = 2000;

/**
 * Tells all waiting code that the ledger has grown: listeners of this process at once, other processes by NOTIFY, sent
 * after the commit and coalesced. A wake-up is only a hint; listeners poll as well. The listening connection may hear
 * nothing for long, so it checks itself with a statement every two seconds, and is opened again if the check fails.
 */
export class WakeUps {
  private readonly listeners = new Set<WakeUpListener>();
  /** Tells the notifications of this process from those of others. */
  private readonly origin = randomUUID();
  private client: WatchedClient | null = null;
  private timer: NodeJS.Timeout | null = null;
  private retry: NodeJS.Timeout | null = null;
  private pause = firstPause;
  private position = 0;
  private topics = new Set<string>();
  private closed = false;

  constructor(
    private readonly pool: Pool,
    private readonly url: string,
    private readonly options: WakeUpsOptions = {},
  ) {}

  /** Calls the listener after each commit, here or elsewhere. Returns a function that stops this. */
  on(listener: WakeUpListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** This process has committed. `topics`: words for what is new, short and without spaces. */
  committed(position: number, topics: ReadonlySet<string> = none): void {
    this.position = position;
    this.wake(topics);
    if (this.closed) return;
    for (const topic of topics) this.topics.add(topic);
    this.timer ??= setTimeout(() => {
      this.timer = null;
      const text = [this.origin, this.position, ...this.topics].join(' ');
      this.topics = new Set();
      this.pool
        .query({ name: 'notify', text: 'select pg_notify($1, $2)', values: [channel, text] })
        .catch(() => undefined);
    }, this.options.delay ?? 20);
  }

  /** Resolves when it listens, or has failed and will try again. */
  async listen(): Promise<void> {
    const { connections } = this.options;
    const proof = this.options.proof ?? 2000;
    const client = new WatchedClient({
      connectionString: this.url,
      application_name: 'runledger-listen',
      answerWithin: proof,
      ...(connections && { connections }),
    });
    let proving: NodeJS.Timeout | undefined;
    client.on('notification', ({ payload = '' }) => {
      const [origin, , ...topics] = payload.split(' ');
      // Listeners of this process know of its own commits.
      if (origin !== this.origin) this.wake(new Set(topics));
    });
    client.on('end', () => {
      clearTimeout(proving);
      this.listenAgain(client);
    });
    const prove = async (statement: string): Promise<void> => {
      const late = setTimeout(() => client.cut(`LISTEN's connection did not answer within ${proof} ms.`), proof);
      await client.query(statement).finally(() => clearTimeout(late));
      proving = setTimeout(() => void prove('select 1').catch(() => undefined), proof);
    };
    try {
      await client.connect();
      await prove(`listen ${channel}`);
      if (this.closed) {
        client.cut('The server is shutting down.');
        return;
      }
      this.client = client;
      this.pause = firstPause;
      // Notifications that came while nobody listened.
      this.wake(null);
    } catch (error) {
      connections?.lost(error);
      client.end().catch(() => undefined);
      this.listenAgain(client);
    }
  }

  /** Takes at most a second, whatever the database does. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.timer) clearTimeout(this.timer);
    if (this.retry) clearTimeout(this.retry);
    this.listeners.clear();
    const { client } = this;
    if (!client) return;
    const late = setTimeout(() => client.cut('The server is shutting down.'), 1000);
    await client.end().catch(() => undefined);
    clearTimeout(late);
  }

  private listenAgain(client: WatchedClient): void {
    if (this.client === client) this.client = null;
    if (this.closed || this.retry || this.client) return;
    this.retry = setTimeout(() => {
      this.retry = null;
      void this.listen();
    }, this.pause);
    this.pause = Math.min(this.pause * 2, longestPause);
  }

  private wake(topics: ReadonlySet<string> | null): void {
    for (const listener of this.listeners) listener(topics);
  }
}
