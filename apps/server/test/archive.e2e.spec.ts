import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArchiveWorker } from '#libs/archive';
import { type Clock, CLOCK } from '#libs/kernel';
import { verifyChain } from '#libs/ledger';
import { until } from '#libs/testing';
import { simpleWorkflow } from './harness';
import { expectLedgerWhole } from './ledger-checks';
import { SignedTrail } from './signed-trail';

const day = 86_400_000;

describe('runs that are archived', () => {
  let trail: SignedTrail;
  let folder: string;
  const old: string[] = [];
  let running: string;
  let kept: string;

  /** What is due two days from now. */
  const pass = async (): Promise<number | null> => {
    const { app } = trail.server.server;
    const clock = app.get<Clock>(CLOCK);
    const later = jest.spyOn(clock, 'now').mockImplementation(() => Date.now() + 2 * day);
    try {
      return await app.get(ArchiveWorker).pass({ folder, retention: { failed: 1 } });
    } finally {
      later.mockRestore();
    }
  };
  const run = (id: string) => `/api/v2/team/kept/workflowrun/${id}`;

  beforeAll(async () => {
    trail = await SignedTrail.start();
    folder = mkdtempSync(join(tmpdir(), 'runledger-archive-'));
    const { server } = trail;
    await server.createTeam('kept');
    await server.saveWorkflow('kept', simpleWorkflow('w'));
    for (let count = 0; count < 5; count++) {
      const { body } = await server.submit('kept', 'w');
      old.push(body.id as string);
      await server.delete(`${run(body.id as string)}/cancel`, { headers: { 'x-reason': 'wrong release' } });
    }
    running = (await server.submit('kept', 'w')).body.id as string;
    kept = (await server.submit('kept', 'w')).body.id as string;
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
    const made = await until(
      async () => {
        await trail.sign();
        await server.get('/api/v2/audit?limit=1');
        return pass();
      },
      (count) => count === 1,
    );
    expect(made).toBe(1);
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
    const { rows } = await server.pool.query('select from event where stream_id = any($1::uuid[])', [old]);
    expect(rows).toHaveLength(0);
    expect((await server.get(run(running))).status).toBe(200);
    expect((await server.get(`${run(kept)}/events`)).status).toBe(200);
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
});
