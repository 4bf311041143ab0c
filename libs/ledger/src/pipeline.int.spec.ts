import { ConnectionLostError } from '#libs/database';
import { type Decider, RefusedError } from '#libs/kernel';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { Pool } from 'pg';
import { CommandProcessor, loadFolded, readAll, type StreamCategory } from '.';

interface Stock {
  readonly count: number;
}
interface Add {
  readonly type: 'Add';
  readonly by: number;
  /** A text that no database accepts. */
  readonly poison?: true;
}
interface Added {
  readonly type: 'Added';
  readonly data: { readonly by: number };
}

const decider: Decider<Stock, Add, Added> = {
  decide(state, { by, poison }) {
    if ((state?.count ?? 0) + by > 10) throw new RefusedError('BAD_REQUEST', `by: ${state?.count ?? 0} are there.`);
    if (poison) return [{ type: 'Added\u0000' as 'Added', data: { by } }];
    return by === 0 ? [] : [{ type: 'Added', data: { by } }];
  },
  evolve: (state, event) => ({ count: (state?.count ?? 0) + event.data.by }),
};

const stocks: StreamCategory<Stock, Add, Added> = {
  name: 'stock',
  decider,
  load: loadFolded(decider, 'Added'),
  project: () => [],
};

const stream = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** A pool that holds appends back until they are released, and can make them fail. */
class Gate {
  private readonly held: (() => void)[] = [];
  private reached: (() => void)[] = [];
  private failure: Error | null = null;
  private isOpen = false;
  /** What answers wait for. */
  private answers: Promise<void> = Promise.resolve();
  readonly appends: number[] = [];
  readonly pool: Pool;

  constructor(pool: Pool) {
    const query = async (statement: { readonly name?: string; readonly values: readonly unknown[] }) => {
      this.appends.push(Date.now());
      const pass = this.isOpen ? null : new Promise<void>((resolve) => this.held.push(resolve));
      for (const each of this.reached.splice(0)) each();
      await pass;
      const { failure } = this;
      this.failure = null;
      if (failure) throw failure;
      const result = await pool.query(statement as { text: string; values: unknown[] });
      await this.answers;
      return result;
    };
    this.pool = { query } as unknown as Pool;
  }

  /** Resolves when so many appends have been sent in total. */
  async sent(count: number): Promise<void> {
    while (this.appends.length < count) await new Promise<void>((resolve) => this.reached.push(resolve));
  }

  /** Releases the waiting append, or makes it fail. */
  pass(failure: Error | null = null): void {
    this.failure = failure;
    this.held.shift()?.();
  }

  /** What is committed is answered when the returned function is called. */
  holdAnswers(): () => void {
    let release = (): void => undefined;
    this.answers = new Promise((resolve) => (release = resolve));
    return release;
  }

  open(): void {
    this.isOpen = true;
    for (const each of this.held.splice(0)) each();
  }
}

/** The server's error for a transaction that it aborted in favour of another. */
const deadlock = () => Object.assign(new Error('deadlock detected'), { code: '40P01' });

describe('a batch that is decided while the former commits', () => {
  let database: TestDatabase;
  let pool: Pool;
  let gate: Gate;
  let processor: CommandProcessor;
  let told: string[];
  const decided = () => new Promise((resolve) => setTimeout(resolve, 30));

  beforeEach(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 4 });
    gate = new Gate(pool);
    processor = new CommandProcessor(pool, { writer: gate.pool });
    told = [];
  });
  afterEach(async () => {
    gate.open();
    await processor.close();
    await pool.end();
    await database.drop();
  });

  const add = (name: string, by: number, on = 1, more: Partial<Add> = {}) =>
    processor
      .execute(stocks, { streamId: stream(on), command: { type: 'Add', by, ...more }, metadata: { actor: 'spec' } })
      .then(
        (outcome) => told.push('replayed' in outcome ? 'replayed' : `${name} ${outcome.state.count}`),
        (error: unknown) => told.push(`${name} ${(error as Error).message}`),
      );

  it('stands on the states that the former leaves behind', async () => {
    const first = add('first', 4);
    await gate.sent(1);
    const second = add('second', 5);
    await decided();
    expect(gate.appends.length).toBe(1);
    gate.pass();
    await gate.sent(2);
    gate.pass();
    await Promise.all([first, second]);
    expect(told).toEqual(['first 4', 'second 9']);
    expect((await readAll(pool, 0, 10)).map(({ streamVersion }) => streamVersion)).toEqual([1, 2]);
  });

  it('is known to whoever has read its commit before the answer has come', async () => {
    const load = jest.spyOn(stocks, 'load');
    const release = gate.holdAnswers();
    const first = add('first', 4);
    await gate.sent(1);
    gate.pass();
    while ((await readAll(pool, 0, 10)).length === 0) await decided();
    load.mockClear();
    const known = processor.knownAt(stocks, stream(1), 1);
    await decided();
    expect(told).toEqual([]);
    release();
    expect(await known).toEqual({ state: { count: 4 }, version: 1 });
    expect(load).not.toHaveBeenCalled();
    await first;
    expect(await processor.knownAt(stocks, stream(1), 1)).toMatchObject({ state: { count: 4 }, version: 1 });
    expect(load).not.toHaveBeenCalled();
    load.mockRestore();
  });

  it('is not taken for what another process has committed', async () => {
    const first = add('first', 4);
    await gate.sent(1);
    const known = processor.knownAt(stocks, stream(1), 1);
    const other = new CommandProcessor(pool);
    await other.execute(stocks, {
      streamId: stream(1),
      command: { type: 'Add', by: 1 },
      metadata: { actor: 'spec' },
    });
    gate.open();
    // The other one's, or that of the first on top of it.
    expect([1, 5]).toContain((await known)?.state.count);
    await first;
    expect(told).toEqual(['first 5']);
    await other.close();
  });

  it('tells nobody a refusal before the commit that it rests on', async () => {
    const first = add('first', 9);
    await gate.sent(1);
    const refused = add('refused', 5);
    await decided();
    expect(told).toEqual([]);
    gate.pass();
    await Promise.all([first, refused]);
    expect(told).toEqual(['first 9', 'refused by: 9 are there.']);
  });

  it('tells nobody an answer without events before the commit that it rests on', async () => {
    const first = add('first', 9);
    await gate.sent(1);
    const looks = add('looks', 0);
    await decided();
    expect(told).toEqual([]);
    gate.pass();
    await Promise.all([first, looks]);
    expect(told).toEqual(['first 9', 'looks 9']);
  });

  it('is decided again where the former is lost for good', async () => {
    const first = add('first', 9, 1, { poison: true });
    await gate.sent(1);
    const second = add('second', 5);
    await decided();
    gate.pass();
    await gate.sent(2);
    gate.pass();
    await Promise.all([first, second]);
    expect(told[0]).toMatch(/^first (?!9$)/);
    expect(told[1]).toBe('second 5');
  });

  it('is decided again, after the former, where that is sent a second time', async () => {
    const first = add('first', 4);
    await gate.sent(1);
    const second = add('second', 3);
    const other = add('other', 2, 2);
    await decided();
    gate.pass(deadlock());
    await gate.sent(2);
    gate.open();
    await Promise.all([first, second, other]);
    expect([...told].sort()).toEqual(['first 4', 'other 2', 'second 7']);
    expect(told.indexOf('first 4')).toBeLessThan(told.indexOf('second 7'));
    expect((await readAll(pool, 0, 10)).filter(({ streamId }) => streamId === stream(1))).toHaveLength(2);
  });

  it('is lost by nobody where its states cannot be loaded for a while', async () => {
    let faults = 2;
    const away = {
      query: (statement: { text: string; values: unknown[] }) =>
        faults-- > 0 ? Promise.reject(new ConnectionLostError('away')) : pool.query(statement),
    } as unknown as Pool;
    gate.open();
    const troubled = new CommandProcessor(away, { writer: gate.pool });
    const send = (on: number) =>
      troubled.execute(stocks, { streamId: stream(on), command: { type: 'Add', by: 1 }, metadata: { actor: 'spec' } });
    await Promise.all([send(1), send(2)]);
    expect(await readAll(pool, 0, 10)).toHaveLength(2);
    await troubled.close();
  });

  it('gathers all that comes meanwhile', async () => {
    const sent = [add('first', 1)];
    await gate.sent(1);
    for (let n = 2; n <= 9; n++) {
      sent.push(add(`n${n}`, 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await decided();
    gate.pass();
    await gate.sent(2);
    gate.pass();
    await Promise.all(sent);
    expect(gate.appends.length).toBe(2);
    expect((await readAll(pool, 0, 20)).map(({ streamVersion }) => streamVersion)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('is on its way before the former is answered', async () => {
    const sentBefore: number[] = [];
    const first = add('first', 4).then(() => sentBefore.push(gate.appends.length));
    await gate.sent(1);
    const second = add('second', 5);
    await decided();
    gate.open();
    await Promise.all([first, second]);
    expect(sentBefore).toEqual([2]);
    expect(told).toEqual(['first 4', 'second 9']);
  });

  it('takes half of many that come at once, so that neither Node nor PostgreSQL waits for the other', async () => {
    const sent = Array.from({ length: 40 }, (_, on) => add(`n${on}`, 1, on));
    await gate.sent(1);
    await decided();
    gate.pass();
    await gate.sent(2);
    await decided();
    expect(told.length).toBeGreaterThanOrEqual(8);
    expect(told.length).toBeLessThanOrEqual(32);
    gate.open();
    await Promise.all(sent);
    expect(await readAll(pool, 0, 100)).toHaveLength(40);
  });

  it('is answered, and not carried out again, where who listens to its news fails', async () => {
    const failures: unknown[] = [];
    gate.open();
    const fault = new Error('the listener is broken');
    const broken = new CommandProcessor(pool, {
      onNews: () => {
        throw fault;
      },
      onFailure: ({ error }) => failures.push(error),
    });
    const tells: typeof stocks = { ...stocks, tell: () => [{ message: 'added', fields: {} }] };
    const outcome = await broken.execute(tells, {
      streamId: stream(1),
      command: { type: 'Add', by: 3 },
      metadata: { actor: 'spec' },
    });
    expect(outcome).toMatchObject({ state: { count: 3 }, version: 1 });
    await broken.close();
    expect(failures).toEqual([fault]);
    expect(await readAll(pool, 0, 10)).toHaveLength(1);
  });
});

describe('overload', () => {
  it('is refused by bytes as well as by number, and the bound is named', async () => {
    const database = await createTestDatabase();
    const pool = new Pool({ connectionString: database.url, max: 2 });
    const gate = new Gate(pool);
    const processor = new CommandProcessor(pool, { writer: gate.pool, maxWaiting: 3, maxWaitingBytes: 200 });
    const send = (by: number, reason = '') =>
      processor.execute(stocks, {
        streamId: stream(1),
        command: { type: 'Add', by, ...(reason && { reason }) },
        metadata: { actor: 'spec' },
      });
    const first = send(1);
    await expect(send(1, 'x'.repeat(200))).rejects.toThrow('200 bytes of commands');
    const others = [send(1), send(1)];
    await expect(send(1)).rejects.toThrow('3 commands');
    gate.open();
    await Promise.all([first, ...others]);
    // A single command is accepted, whatever its size.
    await send(1, 'x'.repeat(500));
    await processor.close();
    await pool.end();
    await database.drop();
  });
});
