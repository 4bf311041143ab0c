import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { simpleWorkflow, TestServer } from '../../server/test/harness';
import { build } from '../../server/test/server-process';
import { ended, entry, hasTerminal, onTerminal, runledger, start } from './cli';

const secret = 'correct horse battery staple';

/** As somebody who owns the table could. */
async function tamper(server: TestServer, sql: string): Promise<void> {
  const { rows } = await server.pool.query<{ name: string }>(
    `select 'event' as name union all select inhrelid::regclass::text from pg_inherits where inhparent = 'event'::regclass`,
  );
  for (const { name } of rows) await server.pool.query(`alter table ${name} disable trigger user`);
  await server.pool.query(sql);
}

describe('the commands of a database’s owner', () => {
  let server: TestServer;
  let settings: NodeJS.ProcessEnv;
  let runId: string;
  const parsed = (out: string) =>
    out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));

  beforeAll(async () => {
    await build();
    server = await TestServer.start();
    settings = { DATABASE_URL: server.database.url };
    await server.createTeam('audited');
    const params = [
      { name: 'colour', type: 'text', default: 'blue' },
      { name: 'key', type: 'password', default: secret },
      { name: 'steer', type: 'text', default: 'a\u001b[2Jb' },
    ];
    await server.saveWorkflow('audited', simpleWorkflow('w', { params }));
    runId = (await server.submit('audited', 'w')).body.id;
    const agent = await server.registerAgent();
    const [task] = await server.claim(agent);
    await server.report(task, 'start');
    await server.report(task, 'end', { status: 'failed', statusMessage: 'no space left' });
  });
  afterAll(() => server.stop());

  it('migrate makes the schema, once', async () => {
    const empty = await createTestDatabase({ migrated: false });
    const own = { DATABASE_URL: empty.url };
    const first = await runledger(['migrate', '--json'], own);
    expect([first.code, first.err]).toEqual([0, '']);
    expect(JSON.parse(first.out).applied).toContain('LeanAppend1764600000018');
    expect(await runledger(['migrate'], own)).toEqual({ code: 0, out: 'The database is up to date.\n', err: '' });
    expect(await runledger(['verify'], own)).toMatchObject({ code: 0, out: expect.stringMatching(/^whole: 0 events/) });
    await empty.drop();
  });

  it('verify asks for a migration where there are no tables', async () => {
    const empty = await createTestDatabase({ migrated: false });
    const result = await runledger(['verify'], { DATABASE_URL: empty.url });
    expect(result).toEqual({
      code: 3,
      out: '',
      err: 'runledger: The database has no ledger yet: run `runledger migrate`.\n',
    });
    await empty.drop();
  });

  it('verify calls the ledger whole', async () => {
    const { rows } = await server.pool.query<{ position: string; hash: string }>(
      `select position, encode(hash, 'hex') as hash from ledger_head`,
    );
    const [{ position, hash } = { position: '', hash: '' }] = rows;
    const out = `whole: ${position} events; the head has the hash ${hash}\n`;
    const { code, out: all } = await runledger(['verify'], settings);
    expect([code, all]).toEqual([0, expect.stringMatching(/^whole: .*\nsame: \d+ views with /)]);
    expect(all.startsWith(out)).toBe(true);
    expect(await runledger(['verify', '--no-views'], settings)).toEqual({ code: 0, out, err: '' });
    const { out: json } = await runledger(['verify', '--json'], settings);
    expect(JSON.parse(json)).toMatchObject({ intact: true, position: Number(position), hash, differences: [] });
  });

  (hasTerminal ? it : it.skip)(
    'verify shows a bar and colours on a terminal, and no colours where nobody wants them',
    async () => {
      const { code, out } = await onTerminal(['verify'], settings);
      expect(code).toBe(0);
      expect(out).toMatch(/█{24} 100 % {2}(\d+) of \1 events, \S+\/s/);
      expect(out).toContain('\u001b[32mwhole');
      const plain = await onTerminal(['verify'], { ...settings, NO_COLOR: '1' });
      expect(plain.out).toContain('whole: ');
      expect(plain.out).not.toContain('\u001b[32m');
    },
  );

  it('replay prints each step, and what it has changed', async () => {
    const { code, out, err } = await runledger(['replay', '--run', runId], settings);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(new RegExp(`^w, version 1, team audited, run ${runId}\n`));
    expect(out).toMatch(/v1 {4}#\d+ {2}\S+Z {2}WorkflowRunSubmitted {2}by token:\S+\n {6}run {2}notstarted\/pending\n/);
    expect(out).toContain('      a  running/running → failed/completed\n      a  statusMessage = "no space left"\n');
    expect(out).toContain('run  param colour = "blue"');
    expect(out).toContain('run  param key = "******"');
    expect(out).toMatch(/After v\d+ \(#\d+\) the run is failed\/completed\.\n/);
    expect(out).toMatch(/ {2}a +script +failed\/completed +no space left\n/);
    // eslint-disable-next-line no-control-regex -- the escape of a terminal
    expect(out).not.toMatch(/\u001b/);
  });

  (hasTerminal ? it : it.skip)('replay has colours on a terminal, and nothing that users wrote steers it', async () => {
    const painted = await onTerminal(['replay', '--run', runId], settings);
    expect(painted.out).toContain('\u001b[31mfailed/completed\u001b[39m');
    expect(painted.out).not.toContain('\u001b[2J');
  });

  it('replay stops where it is told to, and stands there as the API did', async () => {
    const whole = parsed((await runledger(['replay', '--run', runId, '--json'], settings)).out);
    expect(whole.map(({ streamVersion }) => streamVersion)).toEqual(whole.map((_, index) => index + 1));
    const last = whole.at(-1);
    expect(last.type).toBe('WorkflowRunCompleted');
    expect(last.changes).toContainEqual({
      task: null,
      field: 'status',
      from: 'running/running',
      to: 'failed/completed',
    });
    const third = whole[2];
    for (const until of ['v3', String(third.position)]) {
      const part = parsed((await runledger(['replay', '--run', runId, '--json', '--until', until], settings)).out);
      expect(part).toEqual(whole.slice(0, 3));
    }
    const time = whole.at(-1).recordedAt;
    expect(parsed((await runledger(['replay', '--run', runId, '--json', '--until', time], settings)).out)).toEqual(
      whole,
    );
    expect(await runledger(['replay', '--run', runId, '--until', '2001-01-01T00:00:00Z'], settings)).toEqual({
      code: 1,
      out: '',
      err: `runledger: The run ${runId} did not exist yet: it begins at position ${whole[0].position}.\n`,
    });
  });

  it('export prints every event, or some of them', async () => {
    const { rows } = await server.pool.query<{ position: string; hash: string }>(
      `select position, encode(hash, 'hex') as hash from event order by position`,
    );
    const { code, out, err } = await runledger(['export'], settings);
    expect([code, err]).toEqual([0, '']);
    const lines = parsed(out);
    expect(lines.map(({ position, hash }) => [String(position), hash])).toEqual(
      rows.map(({ position, hash }) => [position, hash]),
    );
    expect(Object.keys(lines[0])).toEqual([
      ...['position', 'streamId', 'streamVersion', 'type', 'schemaVersion', 'recordedAt', 'data', 'metadata', 'hash'],
    ]);
    expect(lines[0].recordedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(parsed((await runledger(['export', '--from', '2', '--to', '4'], settings)).out)).toEqual(lines.slice(1, 4));
    expect(await runledger(['export', '--from', '1000000'], settings)).toEqual({ code: 0, out: '', err: '' });
  });

  it('never print a secret, sealed or not', async () => {
    const { rows } = await server.pool.query<{ data: string }>(
      `select data from event where type = 'TokenCreated' limit 1`,
    );
    const { sha256 } = JSON.parse(rows[0]?.data ?? '') as { sha256: string };
    const exported = (await runledger(['export'], settings)).out;
    const replayed = (await runledger(['replay', '--run', runId, '--json'], settings)).out;
    for (const out of [exported, replayed, (await runledger(['replay', '--run', runId], settings)).out]) {
      for (const hidden of [secret, 'sealed:', sha256]) expect(out).not.toContain(hidden);
      expect(out).toContain('******');
    }
  });

  it('end quietly when nobody reads on', async () => {
    const line = `'${process.execPath}' '${entry}' export; echo "code $?" >&2`;
    const { out, err } = await ended(start('bash', ['-c', `(${line}) | head -c 1`], settings));
    expect([out, err]).toEqual(['{', 'code 0\n']);
  });

  it.each([
    [
      ['verify'],
      { DATABASE_URL: 'postgres://me:hush@127.0.0.1:1/x' },
      3,
      /127\.0\.0\.1:1\/x cannot be reached .*start it, or set DATABASE_URL/,
    ],
    [['export'], { DATABASE_URL: 'mysql://x' }, 2, /settings are wrong: DATABASE_URL must begin with postgres/],
    [['verify'], { RUNLEDGER_DATA_DIR: '/nowhere' }, 2, /no database in \/nowhere: set DATABASE_URL/],
    [['verify', '--fast'], {}, 2, /unknown option '--fast'/],
    [['verfy'], {}, 2, /unknown command 'verfy' \(Did you mean verify\?\)/],
    [['replay'], {}, 2, /required option '--run <id>' not specified/],
    [['replay', '--run', 'x', '--until', 'soon'], {}, 2, /must be a position \(1042\)/],
    [['export', '--from', '0'], {}, 2, /must be a whole number from 1/],
    [['export', '--from', '3', '--to', '2'], {}, 2, /--to must not be below --from/],
  ])('%j is one sentence and an exit code', async (args, environment, code, message) => {
    const result = await runledger(args, environment);
    expect([result.code, result.out]).toEqual([code, '']);
    expect(result.err).toMatch(/^runledger: [^\n]+\n$/);
    expect(result.err).toMatch(message);
    expect(result.err).not.toContain('hush');
  });

  it.each([
    ['wrong', 2, '--run must be the id of a run'],
    ['01a210d2-4185-71d7-99d7-c37cc45ff2ba', 1, 'There is no run 01a210d2-4185-71d7-99d7-c37cc45ff2ba'],
  ])('replay knows no run %s', async (id, code, message) => {
    expect(await runledger(['replay', '--run', id], settings)).toMatchObject({
      code,
      err: expect.stringContaining(message),
    });
  });
});

describe('a database that is not whole', () => {
  let database: TestDatabase;
  let server: TestServer;
  let settings: NodeJS.ProcessEnv;

  beforeEach(async () => {
    await build();
    database = await createTestDatabase();
    server = await TestServer.start({ database });
    settings = { DATABASE_URL: database.url };
    await server.createTeam('one');
    await server.createTeam('two');
    await server.createTeam('three');
  });
  afterEach(async () => {
    await server.stop({ tampered: null });
    await database.drop();
  });

  it('has a flipped byte, and verify says where', async () => {
    await tamper(
      server,
      `update event set data = replace(data, '"displayName":"two"', '"displayName":"twa"') where type = 'TeamCreated'`,
    );
    const { rows } = await server.pool.query<{ position: string }>(
      `select position from event where data like '%twa%'`,
    );
    const position = Number(rows[0]?.position);
    const problem = 'The hash does not match the event and its predecessor.';
    const out = `broken at position ${position}: ${problem}\n`;
    expect(await runledger(['verify'], settings)).toEqual({ code: 1, out, err: '' });
    const { code, out: json } = await runledger(['verify', '--json'], settings);
    expect([code, JSON.parse(json)]).toEqual([1, { intact: false, position, problem }]);
  });

  it('lacks an event, and export stops there', async () => {
    await tamper(server, `delete from event where position = 3`);
    const { code, out, err } = await runledger(['export'], settings);
    expect([code, err]).toEqual([1, 'runledger: The event at position 3 is missing: run `runledger verify`.\n']);
    expect(out.trim().split('\n')).toHaveLength(2);
    expect(await runledger(['verify'], settings)).toMatchObject({
      code: 1,
      out: 'broken at position 3: The event is missing.\n',
    });
  });
});
