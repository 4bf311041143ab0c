import { Client, type Pool } from 'pg';

const channel = 'runledger_position';

/**
 * Tells everybody who waits that the ledger has grown: listeners of this process at once, other processes by NOTIFY, sent after
 * the commit and coalesced. A wake-up is only a hint; whoever waits polls as well.
 */
export class WakeUps {
  private readonly listeners = new Set<() => void>();
  private client: Client | null = null;
  private timer: NodeJS.Timeout | null = null;
  private retry: NodeJS.Timeout | null = null;
  private position = 0;
  private closed = false;

  constructor(
    private readonly pool: Pool,
    private readonly url: string,
    /** Milliseconds during which commits share one NOTIFY. */
    private readonly delay = 5,
  ) {}

  /** Calls back after each commit, here or elsewhere. Returns how to stop. */
  on(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** A commit of this process. */
  committed(position: number): void {
    this.position = position;
    this.wake();
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.pool.query('select pg_notify($1, $2)', [channel, String(this.position)]).catch(() => undefined);
    }, this.delay);
  }

  async listen(): Promise<void> {
    const client = new Client({ connectionString: this.url, application_name: 'runledger-listen' });
    client.on('notification', () => this.wake());
    client.on('error', () => this.listenAgain(client));
    client.on('end', () => this.listenAgain(client));
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
      this.client = client;
    } catch {
      this.listenAgain(client);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer) clearTimeout(this.timer);
    if (this.retry) clearTimeout(this.retry);
    this.listeners.clear();
    await this.client?.end().catch(() => undefined);
  }

  private listenAgain(client: Client): void {
    if (this.closed || this.retry) return;
    client.removeAllListeners('end');
    this.client = null;
    this.retry = setTimeout(() => {
      this.retry = null;
      void this.listen();
    }, 1000);
  }

  private wake(): void {
    for (const listener of this.listeners) listener();
  }
}
