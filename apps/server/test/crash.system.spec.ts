import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repetitions, until } from '#libs/testing';
import { simpleWorkflow } from './harness';
import { expectLedgerWhole } from './ledger-checks';
import { ScriptedAgent } from './scripted-agent';
import { RestartableServer, ServerProcess } from './server-process';

const runsInAll = repetitions(60, 200);

describe('a server that is killed', () => {
  let server: RestartableServer;
  beforeAll(async () => {
    server = await RestartableServer.start({ RUNLEDGER_LEASE_SECONDS: '2' });
  });
  afterAll(async () => {
    for (const agent of ScriptedAgent.all) agent.stopped = true;
    await server.stop();
  });

  it(`loses nothing that it has acknowledged, and every run comes to its end (kill -9 among ${runsInAll} runs)`, async () => {
    const definition = simpleWorkflow('two');
    definition.tasks.splice(2, 0, {
      name: 'b',
      type: 'script',
      spec: { script: 'x' },
      dependencies: [{ taskRef: 'a' }],
    });
    definition.tasks[3] = { name: 'end', type: 'end', dependencies: [{ taskRef: 'b', executionCondition: 'success' }] };
    await server.call('PUT', '/api/v2/team/alpha/workflow', definition);
    const agents = [1, 2, 3].map(() => new ScriptedAgent(() => server));
    const working = agents.map((agent) => agent.work());
    const submitted: string[] = [];
    const submitting = Promise.all(
      Array.from({ length: runsInAll }, async (_, index) => {
        const headers = { 'idempotency-key': `run-${index}` };
        for (;;) {
          try {
            const { status, body } = await server.call(
              'POST',
              '/api/v2/team/alpha/workflow/two/submit?start=true',
              {},
              headers,
            );
            if (status === 200) submitted.push((body as { id: string }).id);
            if (status === 200) return;
          } catch {
            // Not acknowledged: the key makes a retry safe.
          }
          await sleep(50);
        }
      }),
    );
    // In the midst of it: some are acknowledged, more are to come.
    for (const acknowledged of [0.1 * runsInAll, 0.45 * runsInAll]) {
      await until(() => submitted.length >= acknowledged);
      await server.restart();
    }
    await submitting;
    const open = async () =>
      Number(
        (
          await server.pool.query<{ n: string }>(
            `select count(*) as n from run_status where phase <> 'completed' and phase <> 'finalized'`,
          )
        ).rows[0]?.n,
      );
    await until(open, (count) => count === 0);
    for (const agent of agents) agent.stopped = true;
    await Promise.all(working);
    const runs = await server.pool.query<{ id: string; status: string }>('select id, status from run_status');
    expect(runs.rows).toHaveLength(runsInAll);
    expect(new Set(runs.rows.map(({ id }) => id))).toEqual(new Set(submitted));
    expect(new Set(runs.rows.map(({ status }) => status))).toEqual(new Set(['succeeded']));
    const acknowledged = agents.flatMap(({ ended }) => [...ended]);
    const ends = await server.pool.query<{ n: string }>(
      `select count(*) as n from event where type = 'TaskRunEnded' and data::jsonb ->> 'taskId' = any($1)`,
      [acknowledged],
    );
    expect(Number(ends.rows[0]?.n)).toBe(acknowledged.length);
    await expectLedgerWhole(server.pool);
    expect(await server.end()).toBe(0);
  });

  it('is started again on its embedded PostgreSQL, which has outlived it; the demo runs once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runledger-start-'));
    try {
      const environment = { DATABASE_URL: '', RUNLEDGER_DATA_DIR: folder };
      const first = await ServerProcess.start(environment, []);
      expect(first.output.join('')).toContain('The run succeeded');
      const runs = async (server: ServerProcess) =>
        (await server.call('GET', '/api/v2/team/demo/workflowrun/query')).body as {
          content: { id: string; results: { value: string }[] }[];
        };
      const [run] = (await runs(first)).content;
      expect(run?.results[0]?.value).toMatch(/^version 1\.0\.0 \(checksum \d+\) is live on blue$/);
      await first.end('SIGKILL');
      const second = await ServerProcess.start(environment, []);
      expect((await runs(second)).content.map(({ id }) => id)).toEqual([run?.id]);
      expect(second.output.join('')).toContain('/workflow/release-train/submit');
      expect(await second.end('SIGTERM')).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
