import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDataSource, type EmbeddedPostgres, migrate, serviceOf, startEmbeddedPostgres } from '#libs/database';
import { repetitions, TcpProxy, until } from '#libs/testing';
import { Pool } from 'pg';
import { simpleWorkflow } from './harness';
import { expectLedgerWhole } from './ledger-checks';
import { ScriptedAgent } from './scripted-agent';
import { build, ServerProcess } from './server-process';

/** How often to do each fault. */
const rounds = repetitions(1, 2);

/** Submits runs until it is told to stop, each with its own key and until it is acknowledged. */
class Submitter {
  readonly acknowledged = new Map<string, string>();
  readonly unexpected: number[] = [];
  stopped = false;

  constructor(
    private readonly name: string,
    private readonly server: () => ServerProcess,
  ) {}

  async work(): Promise<void> {
    for (let n = 0; !this.stopped; n++) await this.submit(`${this.name}-${n}`);
  }

  private async submit(key: string): Promise<void> {
    for (;;) {
      try {
        const path = '/api/v2/team/alpha/workflow/one/submit?start=true';
        const { status, body } = await this.server().call('POST', path, {}, { 'idempotency-key': key });
        if (status === 200) this.acknowledged.set(key, (body as { id: string }).id);
        else if (status !== 503) this.unexpected.push(status);
        if (status === 200) break;
      } catch {
        // Not acknowledged: the key makes a retry safe.
      }
      await sleep(50);
    }
    await sleep(10);
  }
}

describe('a database whose connections are lost', () => {
  let folder: string;
  let postgres: EmbeddedPostgres;
  let proxy: TcpProxy;
  let servers: ServerProcess[];
  let next = 0;
  const anyServer = (): ServerProcess => servers[next++ % servers.length] as ServerProcess;
  const start = async (): Promise<void> => {
    postgres = await startEmbeddedPostgres({ dataDir: folder, durable: true });
    proxy.leadTo(postgres.url);
  };

  beforeAll(async () => {
    await build();
    folder = mkdtempSync(join(tmpdir(), 'runledger-loss-'));
    postgres = await startEmbeddedPostgres({ dataDir: folder, durable: true });
    proxy = await TcpProxy.start(postgres.serviceUrl);
    const dataSource = await createDataSource({ url: postgres.url }).initialize();
    await migrate(dataSource, { service: serviceOf(postgres.serviceUrl) });
    await dataSource.destroy();
    const environment = { DATABASE_URL: proxy.url, RUNLEDGER_LEASE_SECONDS: '10' };
    servers = await Promise.all([1, 2, 3].map(() => ServerProcess.start(environment)));
  });
  afterAll(async () => {
    for (const agent of ScriptedAgent.all) agent.stopped = true;
    ServerProcess.killAll();
    await proxy.stop();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const restart = async (signal: 'SIGINT' | 'SIGQUIT'): Promise<void> => {
    process.kill(postgres.pid, signal);
    await postgres.stop();
    await start();
  };
  const terminate = async (): Promise<void> => {
    const admin = new Pool({ connectionString: postgres.url, max: 1 });
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'runledger%'`,
    );
    await admin.end();
  };
  const faults: Readonly<Record<string, () => Promise<void>>> = {
    'a fast restart': () => restart('SIGINT'),
    'an immediate restart': () => restart('SIGQUIT'),
    'sessions that are ended': terminate,
    async 'connections that are reset'() {
      proxy.reset();
      await sleep(0);
    },
    async 'connections that fall silent'() {
      proxy.hang();
      await sleep(0);
    },
    async 'a way that is closed for two seconds, and slow'() {
      proxy.hang({ andNew: true });
      await sleep(2000);
      proxy.heal();
      proxy.slow(20);
      await sleep(1000);
      proxy.heal();
    },
  };

  it(
    `ends no process, loses nothing and does nothing twice (each fault ${rounds} times, three servers, under load)`,
    async () => {
      await servers[0]?.call('POST', '/api/v2/team', { name: 'alpha' });
      await servers[0]?.call('PUT', '/api/v2/team/alpha/workflow', simpleWorkflow('one'));
      const agents = [1, 2].map(() => new ScriptedAgent(anyServer));
      const submitters = [1, 2, 3, 4].map((n) => new Submitter(`s${n}`, anyServer));
      const working = agents.map((each) => each.work());
      const submitting = submitters.map((each) => each.work());
      const took = new Map<string, number[]>();
      for (let round = 0; round < rounds; round++) {
        for (const [name, fault] of Object.entries(faults)) {
          await sleep(200);
          await fault();
          const since = performance.now();
          // Work goes on: every server accepts runs again.
          await Promise.all(
            servers.map((server, index) =>
              until(
                async () => {
                  const headers = { 'idempotency-key': `probe-${name.replaceAll(' ', '-')}-${round}-${index}` };
                  const path = '/api/v2/team/alpha/workflow/one/submit?start=true';
                  return (await server.call('POST', path, {}, headers)).status;
                },
                (status) => status === 200,
              ),
            ),
          );
          took.set(name, [...(took.get(name) ?? []), Math.round(performance.now() - since)]);
          expect(servers.map(({ hasEnded }) => hasEnded)).toEqual([false, false, false]);
        }
      }
      for (const each of submitters) each.stopped = true;
      await Promise.all(submitting);
      const probes = rounds * servers.length * Object.keys(faults).length;
      const pool = new Pool({ connectionString: postgres.url, max: 2 });
      const count = async (sql: string, values: unknown[] = []): Promise<number> =>
        Number((await pool.query<{ n: string }>(sql, values)).rows[0]?.n);
      await until(
        () => count(`select count(*) as n from run_status where phase in ('pending', 'queued', 'running')`),
        (open) => open === 0,
      );
      for (const each of agents) each.stopped = true;
      await Promise.all(working);
      const acknowledged = submitters.flatMap((each) => [...each.acknowledged.values()]);
      expect(submitters.flatMap(({ unexpected }) => unexpected)).toEqual([]);
      expect(await count('select count(*) as n from workflow_run')).toBe(acknowledged.length + probes);
      const { rows: others } = await pool.query(
        `select changing from run_status where id = any($1) and status <> 'succeeded'`,
        [acknowledged],
      );
      expect(others).toEqual([]);
      const ended = agents.flatMap((each) => [...each.ended]);
      expect(
        await count(
          `select count(*) as n from event where type = 'TaskRunEnded' and data::jsonb ->> 'taskId' = any($1)`,
          [ended],
        ),
      ).toBe(ended.length);
      await expectLedgerWhole(pool);
      await pool.end();
      for (const { output } of servers) {
        const told = (words: string): number => output.join('').split(words).length - 1;
        await until(
          () => Promise.resolve(told('the database is back')),
          (count) => count === told('the database is away'),
        );
        expect(told('"msg":"fault"')).toBe(0);
        // One line for each fault, or fewer if a fault came before the end of the last one was reported.
        expect(told('the database is away')).toBeGreaterThan(0);
        expect(told('the database is away')).toBeLessThanOrEqual(rounds * Object.keys(faults).length);
      }
      if (rounds > 1) console.log(Object.fromEntries(took), { runs: acknowledged.length + probes });
    },
    300_000 * rounds,
  );

  it('lets SIGTERM end a server that waits for it, though it is frozen', async () => {
    proxy.hang({ andNew: true });
    const asked = servers.map((server) =>
      Promise.allSettled([
        server.call('GET', '/api/v2/team/alpha/workflowrun/query'),
        server.call('POST', '/api/v2/team/alpha/workflow/one/submit', {}),
      ]),
    );
    await sleep(200);
    expect(await Promise.all(servers.map((server) => server.end('SIGTERM')))).toEqual([0, 0, 0]);
    await Promise.all(asked);
  });
});

describe('a start', () => {
  const failure = (environment: NodeJS.ProcessEnv): Promise<string> =>
    ServerProcess.start({ DATABASE_URL: '', ...environment }).then(
      () => 'It has started.',
      (error: unknown) => (error as Error).message,
    );

  it('without its database ends with one sentence and no stack trace, after the time that is set', async () => {
    const closed = await TcpProxy.start('postgres://nobody:hush-hush@127.0.0.1:1/nowhere');
    await closed.stop();
    const text = await failure({ DATABASE_URL: closed.url, RUNLEDGER_DATABASE_WAIT: '1' });
    expect(text).toContain('The server ended with 1');
    expect(text).toContain('for 1 s (RUNLEDGER_DATABASE_WAIT)');
    expect(text).not.toMatch(/^\s+at /m);
    expect(text).not.toContain('hush-hush');
  });
});
