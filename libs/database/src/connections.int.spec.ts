import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, TcpProxy, type TestDatabase, until } from '#libs/testing';
import { Client, Pool } from 'pg';
import {
  advisoryLocks,
  ConnectionLostError,
  Connections,
  createDataSource,
  createPool,
  inTransaction,
  isConnectionLoss,
  isPassingFault,
  ReadLimitError,
  WatchedClient,
  withAdvisoryLock,
  withClient,
} from '.';

async function fails(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  );
}

describe('connections', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let admin: Pool;
  const events: string[] = [];
  let connections: Connections;
  let pool: Pool;

  beforeEach(async () => {
    database = await createTestDatabase({ migrated: false });
    proxy = await TcpProxy.start(database.url);
    admin = new Pool({ connectionString: database.url, max: 1 });
    admin.on('error', () => undefined);
    events.length = 0;
    connections = new Connections(proxy.url, {
      onLoss: () => events.push('loss'),
      onReturn: () => events.push('return'),
      limits: { look: 50, doubt: 100, calm: 300 },
    });
    pool = createPool({ url: proxy.url, connections });
  });
  afterEach(async () => {
    connections.cutAll('The spec is over.');
    await pool.end();
    await admin.end();
    await proxy.stop();
    await database.drop();
  });

  const terminateOthers = () =>
    admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );

  it('may be ended by the server while they are held and nobody asks anything of them', async () => {
    const plain = new Pool({ connectionString: database.url, max: 1 });
    plain.on('error', () => undefined);
    for (const each of [pool, plain]) {
      const error = await fails(
        withClient(each, async (client) => {
          await client.query('begin');
          await terminateOthers();
          await sleep(100);
          await client.query('select 1');
        }),
      );
      expect(isConnectionLoss(error)).toBe(true);
      expect((await each.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    }
    await plain.end();
    const held = await pool.connect();
    await terminateOthers();
    await sleep(100);
    expect(isConnectionLoss(await fails(held.query('select 1')))).toBe(true);
    held.release();
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('may be ended under an advisory lock; what the work has thrown is told, and the lock is free', async () => {
    const dataSource = await createDataSource({ url: proxy.url, connections }).initialize();
    const error = await fails(
      withAdvisoryLock(dataSource, advisoryLocks.partitions, async (runner) => {
        await terminateOthers();
        await sleep(100);
        await runner.query('select 1');
      }),
    );
    expect(isConnectionLoss(error)).toBe(true);
    expect(await withAdvisoryLock(dataSource, advisoryLocks.partitions, () => Promise.resolve('mine'))).toBe('mine');
    await dataSource.destroy();
  });

  it('that fall silent are found out and thrown away, and others are made', async () => {
    await Promise.all(Array.from({ length: 5 }, () => pool.query('select pg_sleep(0.05)')));
    const dataSource = await createDataSource({ url: proxy.url, connections }).initialize();
    proxy.hang();
    const errors = await Promise.all([fails(pool.query('select 1')), fails(dataSource.query('select 1'))]);
    expect(errors.map(isConnectionLoss)).toEqual([true, true]);
    expect(String(errors[0])).toContain('fallen silent');
    // It does not try idle connections one after the other.
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await dataSource.destroy();
  });

  it('are left alone while the server works on the statement, however long', async () => {
    expect((await pool.query(`select 'done' as it from pg_sleep(1)`)).rows).toEqual([{ it: 'done' }]);
    expect(events).toEqual([]);
  });

  it('are left alone while an answer comes in, however slowly', async () => {
    const told: string[] = [];
    const limits = { look: 300, doubt: 300 };
    const patient = new Connections(proxy.url, { onLoss: () => told.push('loss'), limits });
    const slow = createPool({ url: proxy.url, connections: patient });
    await slow.query('select 1');
    proxy.trickle(200);
    const { rows } = await slow.query<{ it: string }>(`select repeat('a', 40000) as it`);
    expect(rows[0]?.it).toHaveLength(40_000);
    expect(told).toEqual([]);
    await slow.end();
    patient.close();
  });

  it('that are all in use are no loss for whoever waits for one', async () => {
    const small = createPool({ url: proxy.url, connections, poolSize: 1, connectWithin: 100 });
    // Its one connection is made, however long that takes; on a busy machine a try or two may count as a loss.
    await until(() =>
      small.query('select 1').then(
        () => true,
        () => false,
      ),
    );
    events.length = 0;
    const error = await withClient(small, () => fails(small.query('select 1')));
    expect([isConnectionLoss(error), isPassingFault(error)]).toEqual([false, true]);
    expect((await small.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect(events).not.toContain('loss');
    await small.end();
  });

  it('are thrown away at the limit of a statement where nobody can be asked', async () => {
    const limited = new Pool({
      ...{ connectionString: proxy.url, max: 1, connections, answerWithin: 300 },
      Client: WatchedClient,
    });
    limited.on('error', () => undefined);
    await limited.query('select 1');
    proxy.hang({ andNew: true });
    const error = await fails(limited.query('select 1'));
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(String(error)).toContain('within 300 ms');
    proxy.heal();
    expect((await limited.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await limited.end();
  });

  it('tell once of a loss and once of the return, however many are lost', async () => {
    await Promise.all(Array.from({ length: 5 }, () => pool.query('select pg_sleep(0.05)')));
    proxy.hang({ andNew: true });
    proxy.reset();
    await until(() => events.length > 0);
    for (let n = 0; n < 3; n++) await terminateOthers();
    await sleep(100);
    expect(events).toEqual(['loss']);
    expect(connections.isAway).toBe(true);
    proxy.heal();
    await until(() => events.length > 1);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('tell nothing of a loss that follows shortly upon another', async () => {
    const told: string[] = [];
    const patient = new Connections(database.url, {
      onLoss: () => told.push('loss'),
      onReturn: () => told.push('return'),
      limits: { calm: 6000 },
    });
    for (let n = 0; n < 2; n++) {
      patient.lost(new ConnectionLostError('It is cut.'));
      expect(patient.isAway).toBe(true);
      await until(() => !patient.isAway);
    }
    expect(told).toEqual(['loss']);
    await until(() => told.length > 1);
    expect(told).toEqual(['loss', 'return']);
    patient.close();
  });

  it('take a primary that is read-only for one that is away', async () => {
    const { rows } = await admin.query<{ name: string }>('select current_database() as name');
    await admin.query(`alter database ${rows[0]?.name ?? ''} set default_transaction_read_only = on`);
    await terminateOthers();
    const error = await fails(pool.query('create table t (i int)'));
    expect(isConnectionLoss(error)).toBe(true);
    expect(await connections.takesWrites()).toBe(false);
    connections.lost(error);
    await sleep(300);
    expect(events).toEqual(['loss']);
    await admin.query(
      `set default_transaction_read_only = off; alter database ${rows[0]?.name ?? ''} reset default_transaction_read_only`,
    );
    await until(() => events.length > 1);
    expect(await connections.takesWrites()).toBe(true);
  });

  it('that cannot be made are a loss; what the server itself says is not', async () => {
    const port = new URL(proxy.url).port;
    await proxy.stop();
    const error = await fails(pool.query('select 1'));
    expect([isConnectionLoss(error), port === '']).toEqual([true, false]);
    const unknown = createPool({ url: new URL('/nowhere', database.url).toString() });
    expect(isConnectionLoss(await fails(unknown.query('select 1')))).toBe(false);
    await unknown.end();
    const hasty = createPool({ url: database.url, poolSize: 1 });
    await hasty.query('select 1');
    await hasty.end();
    expect(isConnectionLoss(await fails(hasty.query('select 1')))).toBe(true);
  });

  it('leave deadlocks and time limits of the server apart from a loss', async () => {
    const limited = await fails(
      inTransaction(pool, (client) => client.query(`set local statement_timeout = 20; select pg_sleep(1)`)),
    );
    expect([isConnectionLoss(limited), isPassingFault(limited)]).toEqual([false, true]);
    const wrong = await fails(pool.query('select nonsense'));
    expect([isConnectionLoss(wrong), isPassingFault(wrong)]).toEqual([false, false]);
    // The code never reads a message.
    expect(isConnectionLoss(new Error('Connection terminated unexpectedly'))).toBe(false);
  });

  it('for reads say when a statement runs into their limit, and not when somebody cancels it', async () => {
    const limited = createPool({ url: database.url, readWithin: 100 });
    const late = await fails(limited.query('select pg_sleep(60)'));
    expect(late).toEqual(new ReadLimitError(100));
    expect([isConnectionLoss(late), isPassingFault(late)]).toEqual([false, true]);
    expect(await fails(withClient(limited, (client) => client.query('select pg_sleep($1)', [60])))).toEqual(
      new ReadLimitError(100),
    );
    await limited.end();
    const patient = createPool({ url: database.url, readWithin: 60_000 });
    const cancelled = fails(patient.query('select pg_sleep(60)'));
    await until(async () => {
      const { rows } = await admin.query<{ was: boolean }>(
        `select pg_cancel_backend(pid) as was from pg_stat_activity
          where datname = current_database() and query = 'select pg_sleep(60)' and state = 'active'`,
      );
      return rows.some(({ was }) => was);
    });
    const error = await cancelled;
    expect([isPassingFault(error), error instanceof ReadLimitError]).toEqual([true, false]);
    await patient.end();
  });

  it('all end at once when they are cut, frozen ones too', async () => {
    await pool.query('select 1');
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query('begin; create table t (i int); lock table t in access exclusive mode');
    await client.query('commit; begin; lock table t');
    const waiting = fails(pool.query('select * from t'));
    await sleep(50);
    proxy.hang({ andNew: true });
    connections.cutAll('The server is shutting down.');
    expect(String(await waiting)).toContain('shutting down');
    await client.end();
  });
});
