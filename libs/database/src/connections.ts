import { ConnectionLostError, isConnectionLoss } from './connection-loss';
import { databaseLimits } from './limits';
import { WatchedClient } from './watched-client';

export interface ConnectionsOptions {
  /** Called when a connection was lost: the database is away, or accepts no writes. Called once per outage. */
  readonly onLoss?: (error: unknown) => void;
  /**
   * Called when the database answers and accepts writes again, and no further loss came for a while; it was away for so
   * many milliseconds.
   */
  readonly onReturn?: (milliseconds: number) => void;
  /** Milliseconds; other than `databaseLimits` only in specs. */
  readonly limits?: { readonly look?: number; readonly doubt?: number; readonly calm?: number };
}

/** Milliseconds between two attempts to reach a database that is away. */
const probePause = 500;

/**
 * The connections of a process to its database; it knows whether the database is reachable. Twice a second it checks
 * the statements in progress. If one has run for a while, it asks the server over another connection; if the server is
 * not working on the statement, the connection has fallen silent, and it closes it.
 */
export class Connections {
  private readonly open = new Set<WatchedClient>();
  /**
   * The number of the statement that the server was not working on at the last check, and the bytes received by then.
   */
  private readonly doubts = new WeakMap<WatchedClient, { statement: number; bytesRead: number }>();
  private readonly timer: NodeJS.Timeout;
  private readonly doubt: number;
  private asking = false;
  private awaySince: number | null = null;
  /** When the reported outage began; until its end is reported. */
  private toldSince: number | null = null;
  private calm: NodeJS.Timeout | null = null;
  private probe: NodeJS.Timeout | null = null;
  private isClosed = false;

  constructor(
    readonly url: string,
    private readonly options: ConnectionsOptions = {},
  ) {
    this.doubt = options.limits?.doubt ?? databaseLimits.doubt;
    this.timer = setInterval(() => this.look(), options.limits?.look ?? databaseLimits.look);
    this.timer.unref();
  }

  get isAway(): boolean {
    return this.awaySince !== null;
  }

  /** Milliseconds since the database went away; 0 while it is reachable. */
  get awayFor(): number {
    return this.awaySince === null ? 0 : performance.now() - this.awaySince;
  }

  opened(client: WatchedClient): void {
    this.open.add(client);
    if (this.isClosed) client.cut('The server is shutting down.');
  }

  closed(client: WatchedClient): void {
    this.open.delete(client);
  }

  /** A connection was lost, or could not be made. Ignores any other error. */
  lost(error: unknown): void {
    if (this.isClosed || this.awaySince !== null || !isConnectionLoss(error)) return;
    this.awaySince = performance.now();
    if (this.calm) clearTimeout(this.calm);
    if (this.toldSince === null) {
      this.toldSince = this.awaySince;
      this.options.onLoss?.(error);
    }
    this.probeAfter(0);
  }

  /** Closes every connection, so that nobody waits any longer, and makes no new ones. */
  cutAll(reason: string): void {
    this.close();
    for (const client of this.open) client.cut(reason);
  }

  /** Stops checking. Whoever opened a connection closes it. */
  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
    if (this.probe) clearTimeout(this.probe);
    if (this.calm) clearTimeout(this.calm);
  }

  private look(): void {
    const now = performance.now();
    const suspects: WatchedClient[] = [];
    for (const client of this.open) {
      if (client.busySince === null) continue;
      const waited = now - client.busySince;
      if (waited > client.answerWithin) {
        client.cut(`The database did not answer a statement within ${client.answerWithin} ms.`);
      } else if (waited > this.doubt) suspects.push(client);
    }
    if (suspects.length === 0 || this.asking) return;
    this.asking = true;
    this.ask(suspects)
      // The server cannot be asked, so we know nothing; the time limit of the statement still applies.
      .catch(() => undefined)
      .finally(() => (this.asking = false));
  }

  /**
   * Two checks in a row must find that the server does not work on the statement and sends nothing: its answer may be
   * on the way.
   */
  private async ask(suspects: readonly WatchedClient[]): Promise<void> {
    const asked = suspects.map((client) => ({ client, statement: client.statements }));
    const working = await this.onConnectionOfItsOwn(async (client) => {
      const { rows } = await client.query<{ pid: number | null; own: number }>(
        `select pg_backend_pid() as own, a.pid from (select) as one
           left join pg_stat_activity a on a.pid = any($1::int[]) and a.state = 'active'`,
        [suspects.map(({ backendPid }) => backendPid)],
      );
      // Behind a pooler, process numbers are not those of the server.
      return rows[0]?.own === client.backendPid ? new Set(rows.map(({ pid }) => pid)) : null;
    });
    if (working === null) return;
    for (const { client, statement } of asked) {
      const isSilent = client.busySince !== null && client.statements === statement && !working.has(client.backendPid);
      const before = this.doubts.get(client);
      const { bytesRead } = client;
      if (!isSilent) this.doubts.delete(client);
      else if (before?.statement === statement && before.bytesRead === bytesRead) this.cutSilent(client);
      else this.doubts.set(client, { statement, bytesRead });
    }
  }

  /** If one connection is silent, idle ones may be too: close them all instead of trying them one after the other. */
  private cutSilent(silent: WatchedClient): void {
    silent.cut('The connection to the database has fallen silent: the server does not work on the statement.');
    for (const client of this.open) {
      if (client.busySince === null) client.cut('Another connection to the database has fallen silent.');
    }
  }

  private async onConnectionOfItsOwn<Result>(work: (client: WatchedClient) => Promise<Result>): Promise<Result> {
    const client = new WatchedClient({
      connectionString: this.url,
      application_name: 'runledger-watch',
      connectionTimeoutMillis: 2000,
    });
    const late = setTimeout(() => client.cut('The database did not answer within 2000 ms.'), 2000);
    try {
      await client.connect();
      return await work(client);
    } finally {
      clearTimeout(late);
      // Does not wait: a frozen server never closes its side.
      client.end().catch(() => undefined);
      setTimeout(() => client.cut('The connection was not closed within 1000 ms.'), 1000).unref();
    }
  }

  private probeAfter(milliseconds: number): void {
    this.probe = setTimeout(() => {
      this.takesWrites()
        .catch(() => false)
        .then((isBack) => {
          if (this.isClosed || this.awaySince === null) return;
          if (isBack) this.returned();
          else this.probeAfter(probePause);
        })
        .catch(() => undefined);
    }, milliseconds);
    this.probe.unref();
  }

  /** One outage loses many connections, one after the other: report its end when nothing was lost for a while. */
  private returned(): void {
    const now = performance.now();
    this.awaySince = null;
    this.calm = setTimeout(() => {
      const milliseconds = Math.round(now - (this.toldSince ?? now));
      this.toldSince = null;
      this.options.onReturn?.(milliseconds);
    }, this.options.limits?.calm ?? databaseLimits.calm);
    this.calm.unref();
  }

  /** @throws ConnectionLostError, or the driver's error, if it cannot be reached within two seconds. */
  async takesWrites(): Promise<boolean> {
    return this.onConnectionOfItsOwn(async (client) => {
      const { rows } = await client.query<{ readonly: string }>(
        `select current_setting('transaction_read_only') as readonly`,
      );
      if (rows.length === 0) throw new ConnectionLostError('The database answered nothing.');
      return rows[0]?.readonly === 'off';
    });
  }
}
