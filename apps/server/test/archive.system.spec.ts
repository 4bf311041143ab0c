import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Archivist, ArchiveWorker, Compactor } from '#libs/archive';
import { type Clock, CLOCK } from '#libs/kernel';
import { verifyChain } from '#libs/ledger';
import { until } from '#libs/testing';
import type { Pool } from 'pg';
import { runledger } from '../../cli/test/cli';
import { build } from './server-process';
import { countLabels } from './counted-labels';
import { simpleWorkflow } from './harness';
import { expectLedgerWhole } from './ledger-checks';
import { SignedTrail } from './signed-trail';

const day = 86_400_000;

describe('runs that are archived', () => {
  let trail: SignedTrail;
  let folder: string;
  const old: string[] = [];
  const troubles: unknown[] = [];
  let running: string;
  let kept: string;

  /** What is due two days from now. */
  const pass = async (): Promise<number | null> => {
    const { app } = trail.server.server;
    const clock = app.get<Clock>(CLOCK);
    const later = jest.spyOn(clock, 'now').mockImplementation(() => Date.now() + 2 * day);
    try {
      return await app
        .get(ArchiveWorker)
        .pass({ folder, retention: { failed: 1 } }, (error) => void troubles.push(error));
    } finally {
      later.mockRestore();
    }
  };
  /** Until everything that is due is in an archive: what is finalized for it must be signed first. */
  const archiveAll = () =>
    until(
      async () => {
        await trail.sign();
        await trail.server.get('/api/v2/audit?limit=1');
        return pass();
      },
      (count) => count === 1,
    );
  /** Until every subscription has read everything, and it is signed: only then a run may leave. */
  const readByAll = async (): Promise<void> => {
    const { server } = trail;
    await trail.sign();
    await server.get('/api/v2/audit?limit=1');
    const routes = ['insights', 'search?q=w'].map((route) => `/api/v2/team/kept/${route}`);
    await until(async () =>
      (await Promise.all(routes.map((route) => server.get(route)))).every(({ body }) => body.lag.events === 0),
    );
  };
  const run = (id: string) => `/api/v2/team/kept/workflowrun/${id}`;

  beforeAll(async () => {
    await build();
    trail = await SignedTrail.start();
    folder = mkdtempSync(join(tmpdir(), 'runledger-archive-'));
    const { server } = trail;
    await server.createTeam('kept');
    await server.saveWorkflow('kept', simpleWorkflow('w'));
    for (let count = 0; count < 5; count++) {
      const { body } = await server.submit('kept', 'w', { labels: { release: 'old' } });
      old.push(body.id as string);
      await server.delete(`${run(body.id as string)}/cancel`, { headers: { 'x-reason': 'wrong release' } });
    }
    running = (await server.submit('kept', 'w')).body.id as string;
    kept = (await server.submit('kept', 'w', { labels: { release: 'old' } })).body.id as string;
    await countLabels(server, 'kept', { release: 'old' });
    const agent = await server.registerAgent();
    const items = (await server.claim(agent)) as { id: string; fence: number; workflowRunId?: string }[];
    for (const item of items.filter(({ id }) => id.slice(0, 32) === kept.slice(0, 32))) {
      await server.report(item, 'start');
      await server.report(item, 'end', { status: 'succeeded' });
    }
  });

  afterAll(async () => {
    await trail.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are those that the team says, after they were signed', async () => {
    const { server } = trail;
    expect(await pass()).toBe(0);
    const set = await server.request('PATCH', '/api/v2/team/kept', {
      body: { retention: { cancelled: 1, succeeded: 30 } },
    });
    expect(set.body.retention).toEqual({ cancelled: 1, succeeded: 30 });
    await archiveAll();
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('leave lists, counts and the database, and say where they lie', async () => {
    const { server } = trail;
    const [name] = readdirSync(folder);
    for (const id of old) {
      for (const path of ['', '?version=1', '/events', '/proof', '/explain', '/diff?from=1&to=2']) {
        const { status, body } = await server.get(`${run(id)}${path}`);
        expect([path, status, body.code]).toEqual([path, 410, 1307]);
        expect(body.message).toContain(`${name}: runledger archive show ${id}`);
      }
      expect((await server.delete(`${run(id)}/cancel`)).status).not.toBe(200);
    }
    const list = await server.get('/api/v2/team/kept/workflowrun/query');
    expect(list.body.content.map(({ id }: { id: string }) => id).sort()).toEqual([running, kept].sort());
    const counts = await server.get('/api/v2/team/kept/workflowrun/count');
    expect(counts.body.status.cancelled ?? 0).toBe(0);
    const labelled = await server.pool.query<{ sum: string }>(
      `select sum(runs) from run_label_count where day = '-infinity'`,
    );
    expect(Number(labelled.rows[0]?.sum)).toBe(1);
    const { rows } = await server.pool.query('select from event where stream_id = any($1::uuid[])', [old]);
    expect(rows).toHaveLength(0);
    expect((await server.get(run(running))).status).toBe(200);
    expect((await server.get(`${run(kept)}/events`)).status).toBe(200);
    const { body: insights } = await server.get('/api/v2/team/kept/insights');
    expect(insights).toMatchObject({ totalRuns: 1, status: { succeeded: 1 } });
    for (const id of old) expect((await server.get(`/api/v2/team/kept/search?q=${id}`)).body.results).toEqual([]);
    expect((await server.get(`/api/v2/team/kept/search?q=w`)).body.results).toHaveLength(2);
  });

  it('are an entry of the trail, and the ledger stays whole', async () => {
    const { server } = trail;
    const { body } = await server.get('/api/v2/team/kept/audit?actions=RecordArchive');
    expect(body.entries).toMatchObject([{ action: 'RecordArchive', actor: { id: 'archive' } }]);
    await expectLedgerWhole(server.pool);
    const verdict = await verifyChain(server.pool);
    expect(verdict).toMatchObject({ intact: true, archived: expect.any(Number) });
    await trail.sign();
    expect(trail.alarms).toEqual([]);
  });

  it('are listed, verified and shown by the command line, and by a verifier that knows only the files', async () => {
    const { server } = trail;
    const [name = ''] = readdirSync(folder);
    const [runId = ''] = old;
    const settings = { DATABASE_URL: server.database.url, RUNLEDGER_ARCHIVE_FOLDER: folder };
    const list = await runledger(['archive', 'list', '--json'], settings);
    expect([list.code, list.err]).toEqual([0, '']);
    expect(JSON.parse(list.out)).toMatchObject({ name, state: 'archived', runs: 5 });
    const whole = await runledger(['archive', 'verify', '--key', trail.key], settings);
    expect(whole).toEqual({ code: 0, out: `whole: ${name}, 5 runs\n`, err: '' });
    expect(await runledger(['verify'], settings)).toMatchObject({
      code: 0,
      out: expect.stringContaining('lie in archives'),
    });
    const shown = await runledger(['archive', 'show', runId], settings);
    expect([shown.code, shown.err]).toEqual([0, '']);
    expect(shown.out).toContain('wrong release');
    expect(shown.out).toContain('the run is cancelled/finalized');
    const lines = (await runledger(['archive', 'show', runId, '--json'], settings)).out.trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ type: 'WorkflowRunFinalized', streamId: runId });
    const gone = await runledger(['replay', '--run', runId], settings);
    expect(gone).toMatchObject({ code: 1, err: expect.stringContaining('runledger archive show') });

    const proof = await runledger(['archive', 'show', runId, '--archive', name, '--proof'], {
      RUNLEDGER_ARCHIVE_FOLDER: folder,
    });
    writeFileSync(join(trail.folder, 'proof.json'), proof.out);
    expect(check('proof', join(trail.folder, 'proof.json'), '--key', trail.key)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('They are all events of the run'),
    });
    expect(check('archive', join(folder, name), '--key', trail.key)).toMatchObject({ status: 0 });
    const file = join(trail.folder, 'events.jsonl');
    writeFileSync(file, await exported(server.pool));
    const ledger = check('ledger', file, '--archives', folder, '--tiles', trail.files, '--key', trail.key);
    expect(ledger).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringContaining('lie in archives that its events name'),
    });
    expect(check('ledger', file)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/Position \d+ is missing/),
    });
  });

  it('are found to be damaged, and where', async () => {
    const [name = ''] = readdirSync(folder);
    const settings = { DATABASE_URL: trail.server.database.url, RUNLEDGER_ARCHIVE_FOLDER: folder };
    const file = join(folder, name);
    const whole = readFileSync(file);
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(damaged.readUInt8(damaged.length >> 1) ^ 1, damaged.length >> 1);
    writeFileSync(file, damaged);
    expect(await runledger(['archive', 'verify'], settings)).toMatchObject({
      code: 1,
      out: expect.stringContaining(`broken: ${name}`),
    });
    // Another text of an event, compressed as it should be.
    const lines = gunzipSync(whole).toString();
    writeFileSync(file, gzipSync(lines.replace('wrong release', 'wrong RELEASE')));
    expect(await runledger(['archive', 'verify'], settings)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/Run \S+: the event at position \d+ is not the one that was logged/),
    });
    rmSync(file);
    expect(await runledger(['archive', 'verify'], settings)).toMatchObject({
      code: 1,
      out: expect.stringContaining('missing'),
    });
    writeFileSync(file, whole);
    expect(await runledger(['archive', 'verify'], settings)).toMatchObject({ code: 0 });
  });

  it('leave the views some at once: each is there or archived when a process dies in between', async () => {
    const { server } = trail;
    const agent = await server.registerAgent();
    const ids: string[] = [];
    for (let n = 0; n < 30; n++) {
      const id = (await server.submit('kept', 'w')).body.id as string;
      // An agent that takes a task, and never says that it has stopped.
      if (n === 0) await server.claim(agent);
      await server.delete(`${run(id)}/cancel`);
      await server.put(`${run(id)}/finalize`);
      ids.push(id);
    }
    await readByAll();
    const archivist = server.server.app.get<{ removeSome: (...given: never) => Promise<void> }>(Archivist);
    const some = archivist.removeSome.bind(archivist);
    const dying = jest
      .spyOn(archivist, 'removeSome')
      .mockImplementationOnce(some)
      .mockRejectedValueOnce(new Error('died'));
    await pass().catch(() => null);
    dying.mockRestore();
    const statuses = async () => (await Promise.all(ids.map(async (id) => (await server.get(run(id))).status))).sort();
    expect(await statuses()).toEqual([...Array<number>(5).fill(200), ...Array<number>(25).fill(410)]);
    await expectLedgerWhole(server.pool);
    await pass();
    expect(await statuses()).toEqual(Array<number>(30).fill(410));
    await expectLedgerWhole(server.pool);
  });

  it('are neither lost nor there twice, whatever step a process dies before', async () => {
    const { server } = trail;
    const { app } = server.server;
    const steps = [
      [Archivist, 'verified'],
      [Archivist, 'record'],
      [Archivist, 'remove'],
      [Compactor, 'compact'],
      [Compactor, 'swap'],
      [Compactor, 'clear'],
    ] as const;
    for (const [part, step] of steps) {
      const { body } = await server.submit('kept', 'w');
      const id = body.id as string;
      await server.delete(`${run(id)}/cancel`);
      await server.put(`${run(id)}/finalize`);
      await readByAll();
      const works = app.get<Record<string, () => Promise<void>>>(part);
      const died = jest.spyOn(works, step).mockRejectedValue(new Error('died'));
      await pass().catch(() => null);
      died.mockRestore();
      const files = readdirSync(folder).length;
      await expectLedgerWhole(server.pool);
      await pass();
      await pass();
      expect([step, (await server.get(run(id))).status]).toEqual([step, 410]);
      expect([step, readdirSync(folder).length]).toEqual([step, Math.max(files, 1)]);
      await expectLedgerWhole(server.pool);
    }
    const { rows } = await server.pool.query(`select relname from pg_class where relname ~ '_(kept|gone)$'`);
    expect(rows).toEqual([]);
    const settings = { DATABASE_URL: server.database.url, RUNLEDGER_ARCHIVE_FOLDER: folder };
    expect((await runledger(['archive', 'verify', '--key', trail.key], settings)).code).toBe(0);
  });
});

const check = (...args: readonly string[]) =>
  spawnSync(process.execPath, [join(__dirname, '../../../tools/verify.mjs'), ...args], { encoding: 'utf8' });

/** What docs/verify.md exports. */
async function exported(pool: Pool): Promise<string> {
  const [, , , command = ''] = [
    ...readFileSync(join(__dirname, '../../../docs/verify.md'), 'utf8').matchAll(/```sh\n([\s\S]*?)```/g),
  ].map(([, block]) => block);
  const [, statement = ''] = /-c "([\s\S]*?)" > /.exec(command) ?? [];
  const { rows } = await pool.query<{ line: unknown }>(statement);
  return rows.map(({ line }) => `${JSON.stringify(line)}\n`).join('');
}
