import { setTimeout as sleep } from 'node:timers/promises';
import { Connections, ConnectionLostError, createPool } from '#libs/database';
import { type Decider, newId, RefusedError } from '#libs/kernel';
import { createTestDatabase, TcpProxy, type TestDatabase, until } from '#libs/testing';
import { Pool } from 'pg';
import {
  CommandProcessor,
  noItem,
  readAll,
  readStream,
  type ReceiptKey,
  type StreamCategory,
  Subscription,
  Timers,
  WakeUps,
} from '.';

interface Count {
  readonly count: number;
}
interface Add {
  readonly type: 'Add';
  readonly by: number;
  /** Refused unless the count equals this. */
  readonly from?: number;
}
interface Added {
  readonly type: 'Added';
  readonly data: { readonly by: number };
}

const decider: Decider<Count, Add, Added> = {
  decide(state, { by, from }) {
    if (from !== undefined && (state?.count ?? 0) !== from) throw new RefusedError('BAD_REQUEST', 'not from there');
    return [{ type: 'Added', data: { by } }];
  },
  evolve: (state, { data }) => ({ count: (state?.count ?? 0) + data.by }),
};

const counters: StreamCategory<Count, Add, Added> = {
  name: 'counter',
  decider,
  async load(pool, ids) {
    const found = new Map<string, { state: Count; version: number }>();
    for (const id of ids) {
      const events = await readStream(pool, id);
      const count = events.reduce((sum, { data }) => sum + (data as Added['data']).by, 0);
      if (events.length > 0) found.set(id, { state: { count }, version: events.length });
    }
    return found;
  },
  project: () => [],
};

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const metadata = { actor: 'spec' };

describe('the ledger, when connections are lost', () => {
  let database: TestDatabase;
  let admin: Pool;
  let pool: Pool;
  /**
   * What happens to the next append, given its values in hex: the connection is lost `before` it is sent, or `after` it
   * is committed.
   */
  let loseAppend: (values: string) => Promise<'before' | 'after' | null>;

  beforeEach(async () => {
    database = await createTestDatabase();
    admin = new Pool({ connectionString: database.ownerUrl, max: 2 });
    admin.on('error', () => undefined);
    pool = createPool({ url: database.url });
    loseAppend = () => Promise.resolve(null);
    // eslint-disable-next-line @typescript-eslint/unbound-method -- the proxy hands `this` on
    pool.query = new Proxy(pool.query, {
      apply(query, self, given: unknown[]): unknown {
        const { name = '', values = [] } = (given[0] ?? {}) as { name?: string; values?: readonly unknown[] };
        const ask = (): unknown => Reflect.apply(query, self, given) as unknown;
        if (!name.startsWith('ledger_append')) return ask();
        return (async () => {
          const lost = await loseAppend(
            values.map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : '')).join(),
          );
          if (lost === 'before') throw new ConnectionLostError('lost before');
          const answer = await ask();
          if (lost === 'after') throw new ConnectionLostError('lost after');
          return answer;
        })();
      },
    });
  });
  afterEach(async () => {
    await pool.end();
    await admin.end();
    await database.drop();
  });

  const once = (when: 'before' | 'after', meanwhile?: () => Promise<unknown>) => {
    let isOver = false;
    loseAppend = async () => {
      if (isOver) return null;
      isOver = true;
      await meanwhile?.();
      return when;
    };
  };

  it('tells nobody what it decides otherwise afterwards', async () => {
    const [one, other] = [new CommandProcessor(pool), new CommandProcessor(admin)];
    // A batch refuses the second command, but its commit is lost; meanwhile another process makes the command possible.
    once('before', () => other.execute(counters, { streamId: id(2), command: { type: 'Add', by: 7 }, metadata }));
    const outcomes = await Promise.allSettled([
      one.execute(counters, { streamId: id(1), command: { type: 'Add', by: 1 }, metadata }),
      one.execute(counters, { streamId: id(2), command: { type: 'Add', by: 1, from: 7 }, metadata }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(await readStream(pool, id(2))).toHaveLength(2);
    await Promise.all([one.close(), other.close()]);
  });

  it('answers what was committed, word for word, though its stream cannot be read any more', async () => {
    const processor = new CommandProcessor(pool);
    const unreadable = { ...counters, load: () => Promise.resolve(new Map<string, never>()) };
    const request = { streamId: id(1), command: { type: 'Add' as const, by: 5 }, metadata };
    once('after');
    expect(await processor.execute(unreadable, request)).toMatchObject({ state: { count: 5 }, version: 1 });
    once('after');
    const receipt = { scope: 'spec', key: 'k', requestHash: 'h' };
    const answer = ({ count }: Count) => JSON.stringify({ count });
    const second = { ...request, streamId: id(2), receipt, answer };
    expect(await processor.execute(unreadable, second)).toMatchObject({ answer: '{"count":5}' });
    expect(await readAll(pool, 0, 10)).toHaveLength(2);
    await processor.close();
  });

  it('gives up the one command that breaks connections, and no other', async () => {
    const processor = new CommandProcessor(pool);
    let tries = 0;
    loseAppend = (values) => {
      const isPoison = values.includes(id(13).replaceAll('-', ''));
      if (isPoison) tries++;
      return Promise.resolve(isPoison ? 'before' : null);
    };
    const outcomes = await Promise.allSettled(
      [1, 13, 2].map((n) =>
        processor.execute(counters, { streamId: id(n), command: { type: 'Add', by: 1 }, metadata }),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(tries).toBe(5);
    expect(outcomes[1]).toMatchObject({ reason: { reason: 'SERVICE_UNAVAILABLE' } });
    await processor.close();
  });

  it('lets a repetition wait for the first, and gives it its answer', async () => {
    const processor = new CommandProcessor(pool);
    const answer = ({ count }: Count) => JSON.stringify({ count });
    const send = (receipt: ReceiptKey, stream: number) =>
      processor.execute(counters, {
        streamId: id(stream),
        command: { type: 'Add', by: stream },
        metadata,
        receipt,
        answer,
      });
    const receipt = { scope: 'spec', key: 'k', requestHash: 'h' };
    const repeats: Promise<unknown>[] = [];
    // It is sent again while its commit is in progress, and that commit is lost.
    once('before', () => {
      repeats.push(send(receipt, 2), send(receipt, 3));
      repeats.push(send({ ...receipt, requestHash: 'other' }, 4).catch((error: unknown) => error));
      return sleep(50);
    });
    expect(await send(receipt, 1)).toMatchObject({ answer: '{"count":1}' });
    expect(await Promise.all(repeats)).toMatchObject([
      { replayed: true, answer: '{"count":1}' },
      { replayed: true, answer: '{"count":1}' },
      { reason: 'IDEMPOTENCY_KEY_REUSED' },
    ]);
    expect(await readAll(pool, 0, 10)).toHaveLength(1);
    // It also takes no separate place in what a guard counts.
    const full = { sqlFunction: 'team_live_runs', key: id(9), adds: 1, limit: 1 };
    const refuse = (): RefusedError => new RefusedError('QUOTA_EXCEEDED', 'full');
    const guarded = { ...counters, guards: () => [{ ...full, refuse }] };
    const request = { streamId: id(5), command: { type: 'Add' as const, by: 5 }, metadata, answer };
    const again = { ...request, receipt: { ...receipt, key: 'l' } };
    expect(await Promise.all([1, 2, 3].map(() => processor.execute(guarded, again)))).toMatchObject([
      { answer: '{"count":5}' },
      { answer: '{"count":5}' },
      { answer: '{"count":5}' },
    ]);
    expect(await readAll(pool, 0, 10)).toHaveLength(2);
    await processor.close();
  });

  it('waits for the database so long and no longer; a shutdown waits for nothing', async () => {
    const proxy = await TcpProxy.start(database.url);
    const away = createPool({ url: proxy.url });
    await proxy.stop();
    const add = (processor: CommandProcessor, n: number) =>
      processor
        .execute(counters, { streamId: id(n), command: { type: 'Add', by: 1 }, metadata })
        .catch((error: unknown) => error);
    const patient = new CommandProcessor(away, { patience: 400, maxBatch: 2 });
    const refused = await Promise.all([1, 2, 3, 4, 5].map((n) => add(patient, n)));
    expect(refused.map((error) => (error as RefusedError).reason)).toEqual(Array(5).fill('SERVICE_UNAVAILABLE'));
    const ending = new CommandProcessor(away, { patience: 3_600_000 });
    const waiting = add(ending, 1);
    await sleep(20);
    await ending.close();
    expect(await waiting).toMatchObject({ reason: 'SERVICE_UNAVAILABLE' });
    await away.end();
  });

  it('goes on with timers, subscriptions and wake-ups, whatever is done to their connections', async () => {
    const proxy = await TcpProxy.start(database.url);
    const connections = new Connections(proxy.url, { limits: { look: 50, doubt: 100 } });
    const theirs = createPool({ url: proxy.url, connections });
    const wakeUps = new WakeUps(theirs, proxy.url, { connections, proof: 200 });
    await wakeUps.listen();
    let wakes = 0;
    wakeUps.on(() => wakes++);
    const fired = new Set<string>();
    const timers = new Timers(theirs, () => undefined, 20);
    timers.on('test', async ({ streamId }) => {
      await sleep(20);
      fired.add(streamId);
    });
    timers.start();
    const seen: number[] = [];
    const subscription = new Subscription(theirs, wakeUps, {
      read: readAll,
      name: 'spec',
      pollInterval: 20,
      async handle(events, client) {
        await client.query('select pg_sleep(0.02)');
        seen.push(...events.map(({ position }) => position));
      },
    });
    subscription.start();
    const processor = new CommandProcessor(admin);
    let set = 0;
    const work = async (): Promise<void> => {
      const stream = newId();
      await admin.query('select timer_apply($1, $2, $3, $4)', [[stream], ['test'], [noItem], [Date.now()]]);
      set++;
      await processor.execute(counters, { streamId: stream, command: { type: 'Add', by: 1 }, metadata });
    };
    const faults = [
      () =>
        admin.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and application_name like 'runledger%'`,
        ),
      () => {
        proxy.reset();
      },
      () => {
        proxy.hang();
      },
    ];
    for (let round = 0; round < 12; round++) {
      await work();
      await sleep(10 * (round % 4));
      await Promise.resolve(faults[round % 3]?.());
    }
    await until(() => fired.size === set && new Set(seen).size === set);
    await until(async () => (await admin.query('select 1 from timer')).rowCount === 0);
    // It hears another process's NOTIFY again, over any connection.
    wakes = 0;
    await until(async () => {
      await admin.query(`select pg_notify('runledger_position', '1')`);
      return wakes > 0;
    });
    await Promise.all([timers.stop(), subscription.stop(), processor.close()]);
    await wakeUps.close();
    connections.close();
    await theirs.end();
    await proxy.stop();
  });

  it('makes the connection of LISTEN anew when it does not answer', async () => {
    const proxy = await TcpProxy.start(database.url);
    const wakeUps = new WakeUps(pool, proxy.url, { proof: 100 });
    await wakeUps.listen();
    let wakes = 0;
    wakeUps.on(() => wakes++);
    proxy.hang();
    await until(async () => {
      await admin.query(`select pg_notify('runledger_position', '1')`);
      return wakes > 1;
    });
    await wakeUps.close();
    await proxy.stop();
  });
});
