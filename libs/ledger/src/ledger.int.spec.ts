import { type Decider, RefusedError } from '#libs/kernel';
import { createTestDatabase, type TestDatabase, until } from '#libs/testing';
import { Pool } from 'pg';
import {
  BrokenLedgerError,
  checkHead,
  CommandProcessor,
  readAll,
  readPages,
  readStored,
  readStream,
  type StreamCategory,
  Subscription,
  Upcasters,
  verifyChain,
  WakeUps,
} from '.';

interface Count {
  readonly count: number;
}
type Add = { readonly type: 'Add'; readonly by: number; readonly times?: number } | { readonly type: 'Poison' };
interface Added {
  readonly type: 'Added';
  readonly data: { readonly by: number };
}

const decider: Decider<Count, Add, Added> = {
  decide(_state, command) {
    if (command.type === 'Poison') return [{ type: 'Added\u0000' as 'Added', data: { by: 0 } }];
    if (command.by === 13) throw new RefusedError('BAD_REQUEST', 'by: must not be 13.');
    const { by, times = 1 } = command;
    return by === 0 ? [] : Array.from({ length: times }, () => ({ type: 'Added', data: { by } }));
  },
  evolve: (state, event) => ({ count: (state?.count ?? 0) + event.data.by }),
};

/** Loads by folding the stream: a category needs no table. */
const counters: StreamCategory<Count, Add, Added> = {
  name: 'counter',
  decider,
  async load(pool, ids) {
    const found = new Map<string, { state: Count; version: number }>();
    for (const id of ids) {
      const events = await readStream(pool, id);
      let state: Count | null = null;
      for (const { data } of events) state = decider.evolve(state, { type: 'Added', data: data as Added['data'] });
      if (state) found.set(id, { state, version: events.length });
    }
    return found;
  },
  project: () => [],
};

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const metadata = { actor: 'spec' };

describe('the ledger', () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeEach(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.ownerUrl, max: 6 });
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  it('keeps one order without gaps, and an intact chain, whoever writes', async () => {
    const processors = [new CommandProcessor(pool), new CommandProcessor(pool), new CommandProcessor(pool)] as const;
    const sent = Array.from({ length: 300 }, (_, index) =>
      (processors[index % 3] ?? processors[0]).execute(counters, {
        streamId: id(index % 7),
        command: { type: 'Add', by: 1 },
        metadata,
      }),
    );
    await Promise.all(sent);
    const events = await readAll(pool, 0, 1000);
    expect(events.map(({ position }) => position)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    expect(await verifyChain(pool)).toMatchObject({ intact: true, position: 300 });
    const loaded = await counters.load(pool, [id(0)]);
    expect(loaded.get(id(0))).toEqual({ state: { count: 43 }, version: 43 });
    await Promise.all(processors.map((each) => each.close()));
  });

  /** As somebody who owns the table could. */
  const letTamper = async (): Promise<void> => {
    const { rows } = await pool.query<{ name: string }>(
      `select 'event' as name union all select inhrelid::regclass::text from pg_inherits where inhparent = 'event'::regclass`,
    );
    for (const { name } of rows) await pool.query(`alter table ${name} disable trigger user`);
  };

  it('finds a tail that is cut off', async () => {
    const processor = new CommandProcessor(pool);
    for (let by = 1; by <= 3; by++) {
      await processor.execute(counters, { streamId: id(1), command: { type: 'Add', by }, metadata });
    }
    await letTamper();
    await pool.query('delete from event where position = 3');
    expect(await verifyChain(pool)).toMatchObject({ intact: false, position: 3, problem: 'The event is missing.' });
    await processor.close();
  });

  it('reads pages that large events make small, and tells how far it is', async () => {
    const processor = new CommandProcessor(pool);
    const add = { type: 'Add', by: 1 } as const;
    await Promise.all(
      Array.from({ length: 150 }, (_, n) => processor.execute(counters, { streamId: id(n), command: add, metadata })),
    );
    const tell = async (): Promise<number[]> => {
      const told: number[] = [];
      await verifyChain(pool, { onProgress: (position) => told.push(position) });
      return told;
    };
    expect(await tell()).toEqual([150]);
    await letTamper();
    await pool.query(`update event set data = '{"by":1,"note":"' || repeat('x', 100000) || '"}' where position > 20`);
    const pages: number[] = [];
    for await (const page of readPages(pool, 10, 149, readAll)) pages.push(page.length);
    expect(pages).toEqual([52, 42, 42, 3]);
    await processor.close();
  });

  it('finds an event that was changed behind its back, and one that is missing', async () => {
    const processor = new CommandProcessor(pool);
    for (let by = 1; by <= 5; by++) {
      await processor.execute(counters, { streamId: id(1), command: { type: 'Add', by }, metadata });
    }
    await letTamper();
    await pool.query(`update event set data = '{"by": 99}' where position = 3`);
    expect(await verifyChain(pool)).toMatchObject({ intact: false, position: 3 });
    await pool.query('delete from event where position = 5');
    await pool.query('delete from event where position = 2');
    expect(await verifyChain(pool)).toMatchObject({ intact: false, position: 2 });
    await pool.query('delete from event');
    expect(await verifyChain(pool)).toEqual({ intact: false, position: 1, problem: 'The event is missing.' });
    await processor.close();
  });

  describe('the end, as a start checks it', () => {
    const change = async (sql: string) => {
      const client = await pool.connect();
      await client.query('set session_replication_role = replica');
      await client.query(sql);
      client.release(true);
    };
    const appended = async (count: number) => {
      const processor = new CommandProcessor(pool);
      for (let n = 0; n < count; n++)
        await processor.execute(counters, { streamId: id(1), command: { type: 'Add', by: 1, times: 10 }, metadata });
      await processor.close();
    };

    it.each([0, 1, 99, 100, 101])('is whole after %i commands', async (count) => {
      await appended(count);
      await checkHead(pool);
    });

    it.each([
      ['an event is changed', `update event set data = '{"by": 9}' where position = 25`, 'position 25 is not the one'],
      ['an event is gone', 'delete from event where position = 25', 'position 25 is missing'],
      [
        'the end is cut',
        'delete from event where position > 27',
        'head is position 30, and its last event position 27',
      ],
      ['events are behind the head', 'update ledger_head set position = 20', 'its head is position 20'],
      ['the head has another hash', `update ledger_head set hash = sha256('x')`, 'does not have the hash'],
      ['two events are swapped', 'update event set position = 51 - position where position in (25, 26)', 'position 25'],
      ['there is no head', 'delete from ledger_head', 'its head row is missing'],
    ])('is refused where %s', async (_what, sql, message) => {
      await appended(3);
      await change(sql);
      await expect(checkHead(pool)).rejects.toThrow(message);
      await expect(checkHead(pool)).rejects.toThrow(BrokenLedgerError);
    });

    it('does not look at what is old', async () => {
      await appended(102);
      await change(`update event set data = '{"by": 9}' where position = 3`);
      await checkHead(pool);
      expect(await verifyChain(pool)).toMatchObject({ intact: false, position: 3 });
    });
  });

  describe('metadata', () => {
    const wholeCommands = async () => {
      const processor = new CommandProcessor(pool);
      for (const actor of ['one', 'two']) {
        await processor.execute(counters, {
          streamId: id(1),
          command: { type: 'Add', by: 1, times: 3 },
          also: [{ streamId: id(2), command: { type: 'Add', by: 1, times: 2 } }],
          metadata: { actor },
        });
      }
      await processor.close();
    };

    it('are stored once for each command and stream, and read with each of its events, wherever one begins to read', async () => {
      await wholeCommands();
      const { rows } = await pool.query<{ position: string }>(
        'select position from event where metadata is not null order by position',
      );
      expect(rows.map(({ position }) => Number(position))).toEqual([1, 4, 6, 9]);
      const all = await readAll(pool, 0, 100);
      expect(all.map((event) => event.metadata.actor)).toEqual([...Array(5).fill('one'), ...Array(5).fill('two')]);
      expect(new Set(all.slice(0, 5).map((event) => event.metadata.commandId)).size).toBe(1);
      for (let after = 0; after < 10; after++) {
        expect(await readAll(pool, after, 100)).toEqual(all.slice(after));
        for (const stream of [id(1), id(2)]) {
          const own = all.filter(({ streamId }) => streamId === stream);
          expect(await readStream(pool, stream, after)).toEqual(own.slice(after));
        }
      }
      expect(await verifyChain(pool)).toMatchObject({ intact: true, position: 10 });
    });

    it.each([
      ['taken from the first event', 'update event set metadata = null where position = 1', 1],
      ['taken from the first event of a later command', 'update event set metadata = null where position = 6', 6],
      ['given to an event that has none', `update event set metadata = '{}' where position = 7`, 7],
      ['no JSON', `update event set metadata = '{' where position = 4`, 4],
      ['beside data that are no JSON', `update event set data = '{' where position = 8`, 8],
    ])('%s break the chain there', async (_what, change, position) => {
      await wholeCommands();
      const client = await pool.connect();
      await client.query('set session_replication_role = replica');
      await client.query(change);
      client.release(true);
      expect(await verifyChain(pool)).toMatchObject({ intact: false, position });
    });
  });

  it('gives way: a subscription rests while others need the machine, and goes on when they do not', async () => {
    const processor = new CommandProcessor(pool);
    await processor.execute(counters, { streamId: id(1), command: { type: 'Add', by: 1, times: 10 }, metadata });
    const wakeUps = new WakeUps(pool, database.url);
    let isBusy = true;
    const seen: number[] = [];
    const subscription = new Subscription(pool, wakeUps, {
      name: 'spec',
      read: readStored,
      batch: 1,
      givesWay: () => isBusy,
      async handle(events, client) {
        await client.query('select pg_sleep(0.05)');
        seen.push(...events.map(({ position }) => position));
      },
    });
    subscription.start();
    await until(
      () => Promise.resolve(seen.length),
      (read) => read >= 1,
    );
    // It rests for forty-nine times as long as it has worked: about a second.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(seen.length).toBe(1);
    isBusy = false;
    await until(
      () => Promise.resolve(seen.length),
      (read) => read === 10,
    );
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await subscription.stop();
    await wakeUps.close();
    await processor.close();
  });

  it('refuses the command at fault alone; its neighbours in the batch are committed', async () => {
    const processor = new CommandProcessor(pool);
    const sent = [{ type: 'Add', by: 1 }, { type: 'Add', by: 13 }, { type: 'Poison' }, { type: 'Add', by: 2 }] as const;
    const outcomes = await Promise.allSettled(
      sent.map((command, index) => processor.execute(counters, { streamId: id(index), command, metadata })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(await readAll(pool, 0, 10)).toHaveLength(2);
    await processor.close();
  });

  it('does not refuse from a state that another process has moved on', async () => {
    const even: typeof counters = {
      ...counters,
      decider: {
        ...decider,
        decide(state, command) {
          if ((state?.count ?? 0) % 2 === 1 && command.type === 'Add' && command.by === 2) {
            throw new RefusedError('BAD_REQUEST', 'odd');
          }
          return decider.decide(state, command);
        },
      },
    };
    const [one, two] = [new CommandProcessor(pool), new CommandProcessor(pool)];
    const add = (processor: CommandProcessor, by: number) =>
      processor.execute(even, { streamId: id(1), command: { type: 'Add', by }, metadata });
    await add(one, 1);
    await add(two, 1);
    expect(await add(one, 2)).toMatchObject({ state: { count: 4 }, version: 3 });
    await Promise.all([one.close(), two.close()]);
  });

  it('carries on after the database has cut its connections', async () => {
    const processor = new CommandProcessor(pool);
    pool.on('error', () => undefined);
    const sent = Array.from({ length: 200 }, async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, index));
      return processor.execute(counters, { streamId: id(index % 5), command: { type: 'Add', by: 1 }, metadata });
    });
    const cutter = new Pool({ connectionString: database.ownerUrl, max: 1 });
    for (let cut = 0; cut < 5; cut++) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      await cutter.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      );
    }
    await cutter.end();
    await Promise.all(sent);
    // The pool may still hold connections that were cut, and that nobody has used since.
    const fresh = new Pool({ connectionString: database.ownerUrl, max: 2 });
    expect(await readAll(fresh, 0, 1000)).toHaveLength(200);
    expect(await verifyChain(fresh)).toMatchObject({ intact: true });
    await fresh.end();
    await processor.close();
  });

  it('lets a subscription go on where it stopped, its position stored with its work', async () => {
    const wakeUps = new WakeUps(pool, database.url);
    const processor = new CommandProcessor(pool, { onCommit: (position) => wakeUps.committed(position) });
    await pool.query('create table seen (position bigint primary key)');
    let fail = true;
    const subscribe = () =>
      new Subscription(pool, wakeUps, {
        name: 'spec',
        read: readAll,
        batch: 7,
        pollInterval: 50,
        async handle(events, client) {
          for (const { position } of events) await client.query('insert into seen values ($1)', [position]);
          // Half-way through: the work of this batch must be rolled back together with its position.
          if (fail && events.some(({ position }) => position === 10)) {
            fail = false;
            throw new Error('half-way');
          }
        },
      });
    const first = subscribe();
    first.start();
    for (let n = 0; n < 30; n++)
      await processor.execute(counters, { streamId: id(n), command: { type: 'Add', by: 1 }, metadata });
    await first.stop();
    const second = subscribe();
    second.start();
    const count = async () => Number((await pool.query<{ n: string }>('select count(*) as n from seen')).rows[0]?.n);
    await until(count, (seen) => seen >= 30);
    expect(await count()).toBe(30);
    await second.stop();
    await processor.close();
    await wakeUps.close();
  });

  it('brings old events to their newest version when they are read', async () => {
    const processor = new CommandProcessor(pool);
    await processor.execute(counters, { streamId: id(1), command: { type: 'Add', by: 5 }, metadata });
    const upcasters = new Upcasters()
      .register('Added', 1, (data) => ({ amount: (data as { by: number }).by }))
      .register('Added', 2, (data) => ({ ...(data as object), unit: 'one' }));
    const [event] = await readStream(pool, id(1), 0, upcasters);
    expect(event).toMatchObject({ schemaVersion: 3, data: { amount: 5, unit: 'one' } });
    await processor.close();
  });
});
