import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#libs/database';
import { readAll, verifyChain } from '#libs/ledger';
import { TcpProxy } from '#libs/testing';
import { Pool } from 'pg';
import { campaignWorkflows } from './campaign-workflows';
import { adminToken, printMachine, startServer, stopServer } from './support';

/**
 * A crash campaign: three servers and two of our agents under load, while PostgreSQL is killed and connections are reset and frozen.
 * Ends with a table of figures, and with exit code 1 where anything that was acknowledged is lost, a process has ended by itself, a lock
 * had two holders, a run did not end, or the chain is broken. All of it on the loopback address.
 */
const minutes = Number(process.env['CAMPAIGN_MINUTES'] ?? 10);
/** Seconds between two kills of PostgreSQL. */
const killEvery = 30;
/** Milliseconds between two faults of connections. */
const faultEvery = 5000;

interface Tally {
  acknowledged: number;
  refused: number;
  kills: number;
  resets: number;
  hangs: number;
}

class Campaign {
  private readonly ids = new Set<string>();
  private readonly tally: Tally = { acknowledged: 0, refused: 0, kills: 0, resets: 0, hangs: 0 };
  private readonly servers: { url: string; child: ChildProcess }[] = [];
  private readonly agents: ChildProcess[] = [];
  private readonly problems: string[] = [];
  private isOver = false;

  private constructor(
    private postgres: EmbeddedPostgres,
    private readonly proxy: TcpProxy,
    private readonly folder: string,
  ) {}

  static async run(): Promise<number> {
    const folder = mkdtempSync(join(tmpdir(), 'runledger-campaign-'));
    const postgres = await startEmbeddedPostgres({ dataDir: folder, durable: true });
    const campaign = new Campaign(postgres, await TcpProxy.start(postgres.url), folder);
    try {
      return await campaign.fight();
    } finally {
      await campaign.close();
    }
  }

  private async fight(): Promise<number> {
    for (let n = 0; n < 3; n++) this.watch(await this.startServer(), `server ${n + 1}`);
    await this.submitOne('POST', '/api/v2/team', { name: 'campaign' }, 'team');
    for (const each of campaignWorkflows) {
      await this.submitOne('PUT', '/api/v2/team/campaign/workflow', each, `workflow-${each.name}`);
    }
    for (const n of [0, 1]) this.startAgent(n);
    const until = Date.now() + minutes * 60_000;
    const working = [1, 2, 3, 4].map((n) => this.keepSubmitting(n));
    await Promise.all([this.killPostgres(until), this.breakConnections(until)]);
    this.isOver = true;
    this.proxy.heal();
    await Promise.all(working);
    await this.judge();
    for (const [name, value] of Object.entries(this.tally)) console.log(`${name.padEnd(14)} ${value}`);
    for (const problem of this.problems) console.log(`PROBLEM: ${problem}`);
    return this.problems.length === 0 ? 0 : 1;
  }

  private async startServer(): Promise<{ url: string; child: ChildProcess }> {
    const server = await startServer(this.proxy.url);
    this.servers.push(server);
    return server;
  }

  private watch({ child }: { readonly child: ChildProcess }, name: string): void {
    child.once('exit', (code, signal) => {
      if (!this.isOver) this.problems.push(`${name} ended by itself (${code ?? signal})`);
    });
  }

  private startAgent(n: number): void {
    const child = spawn(process.execPath, [join(__dirname, '../apps/agent/src/main.js')], {
      stdio: 'ignore',
      env: {
        PATH: process.env['PATH'],
        RUNLEDGER_URL: this.servers[n]?.url,
        RUNLEDGER_TOKEN: adminToken,
        RUNLEDGER_AGENT_NAME: `campaign-${n}`,
        RUNLEDGER_AGENT_WORKDIR: join(this.folder, `agent-${n}`),
        RUNLEDGER_LOG_LEVEL: 'error',
      },
    });
    this.agents.push(child);
    this.watch({ child }, `agent ${n + 1}`);
  }

  private async keepSubmitting(n: number): Promise<void> {
    for (let count = 0; !this.isOver; count++) {
      const { name } = campaignWorkflows[(n + count) % campaignWorkflows.length] ?? { name: '' };
      const path = `/api/v2/team/campaign/workflow/${name}/submit?start=true`;
      const body = await this.submitOne('POST', path, {}, `${n}-${count}`);
      this.ids.add((body as { id: string }).id);
      this.tally.acknowledged++;
      await sleep(200);
    }
  }

  /** Sends it under one key to one server after the other until it is acknowledged. */
  private async submitOne(method: string, path: string, body: unknown, key: string): Promise<unknown> {
    for (let attempt = 0; attempt < 2000; attempt++) {
      const server = this.servers[attempt % this.servers.length];
      try {
        const response = await fetch(`${server?.url ?? ''}${path}`, {
          method,
          headers: {
            ...{ authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
            'idempotency-key': key,
          },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(40_000),
        });
        if (response.ok) return await response.json();
        if (response.status !== 503)
          this.problems.push(`${method} ${path}: ${response.status} ${await response.text()}`);
        else await response.text();
        this.tally.refused++;
      } catch {
        // Not acknowledged: the key makes it safe to ask again.
      }
      await sleep(100);
    }
    throw new Error(`${method} ${path} was never acknowledged`);
  }

  private async killPostgres(until: number): Promise<void> {
    for (let n = 0; Date.now() + killEvery * 1000 < until; n++) {
      await sleep(killEvery * 1000);
      process.kill(this.postgres.pid, n % 2 === 0 ? 'SIGQUIT' : 'SIGINT');
      await this.postgres.stop();
      this.postgres = await startEmbeddedPostgres({ dataDir: this.folder, durable: true });
      this.proxy.leadTo(this.postgres.url);
      this.tally.kills++;
    }
  }

  private async breakConnections(until: number): Promise<void> {
    for (let n = 0; Date.now() + faultEvery < until; n++) {
      await sleep(faultEvery);
      if (n % 2 === 0) {
        this.proxy.reset();
        this.tally.resets++;
      } else {
        this.proxy.hang({ andNew: n % 4 === 3 });
        this.tally.hangs++;
        await sleep(2000);
        this.proxy.heal();
      }
    }
    await sleep(Math.max(0, until - Date.now()));
  }

  private async judge(): Promise<void> {
    const pool = new Pool({ connectionString: this.postgres.url, max: 2 });
    const count = async (sql: string, values: unknown[] = []): Promise<number> =>
      Number((await pool.query<{ n: string }>(sql, values)).rows[0]?.n);
    try {
      const openRuns = `select count(*) as n from run_status where phase in ('pending', 'queued', 'running')`;
      let open = await count(openRuns);
      for (let waited = 0; open > 0 && waited < 180; waited++) {
        await sleep(1000);
        open = await count(openRuns);
      }
      const stored = await count('select count(*) as n from workflow_run where id = any($1)', [[...this.ids]]);
      const runs = await count(`select count(*) as n from workflow_run where trigger <> 'task'`);
      const succeeded = await count(`select count(*) as n from run_status where status = 'succeeded'`);
      const children = await count(`select count(*) as n from workflow_run where trigger = 'task'`);
      const twice = await count(
        `select count(*) as n from (select 1 from event where type = 'TaskRunEnded'
                                     group by data::jsonb ->> 'taskId' having count(*) > 1) as ended`,
      );
      const chain = await verifyChain(pool);
      const locks = await this.overlappingLocks(pool);
      console.log(
        `\n${minutes} minutes: ${runs} runs and ${children} children, ${succeeded} succeeded; ${chain.position} events; ` +
          `${locks.granted} locks taken\n`,
      );
      const expect = (isRight: boolean, problem: string): void => {
        if (!isRight) this.problems.push(problem);
      };
      expect(open === 0, `${open} runs have not ended`);
      expect(stored === this.ids.size, `${this.ids.size - stored} acknowledged runs are lost`);
      expect(runs === this.ids.size, `${runs} runs for ${this.ids.size} acknowledged submits`);
      expect(succeeded === runs + children, `${runs + children - succeeded} runs did not succeed`);
      for (const reason of await this.whyNotSucceeded(pool)) this.problems.push(reason);
      expect(twice === 0, `${twice} tasks ended twice`);
      expect(locks.overlaps === 0, `${locks.overlaps} times a lock had two holders`);
      expect(chain.intact, 'the chain is broken');
    } finally {
      await pool.end();
    }
  }

  private async whyNotSucceeded(pool: Pool): Promise<readonly string[]> {
    const { rows } = await pool.query<{ id: string; workflow: string; status: string; tasks: unknown }>(
      `select r.id, r.fixed -> 'workflow' ->> 'name' as workflow, s.status,
              (select jsonb_agg(jsonb_build_object('type', e.type, 'at', e.recorded_at, 'data', e.data) order by e.position)
                 from event e where e.stream_id = r.id and e.type like 'TaskRun%') as tasks
         from workflow_run r join run_status s using (id) where s.status <> 'succeeded' limit 5`,
    );
    return rows.map((each) => `${each.workflow} ${each.id} ${each.status}: ${JSON.stringify(each.tasks)}`);
  }

  /** From the ledger's order: who took a lock before its holder let go of it, or ended. */
  private async overlappingLocks(pool: Pool): Promise<{ granted: number; overlaps: number }> {
    const holders = new Map<string, string>();
    let granted = 0;
    let overlaps = 0;
    for (let position = 0; ;) {
      const events = await readAll(pool, position, 5000);
      const last = events.at(-1);
      if (!last) return { granted, overlaps };
      position = last.position;
      for (const { type, streamId, data } of events) {
        const { key } = data as { key?: string };
        if (type === 'LockAcquired' && key !== undefined) {
          const holder = holders.get(key);
          granted++;
          if (holder !== undefined && holder !== streamId) overlaps++;
          holders.set(key, streamId);
        } else if (type === 'LockReleased' && key !== undefined) {
          if (holders.get(key) === streamId) holders.delete(key);
        } else if (type === 'WorkflowRunCompleted') {
          for (const [held, holder] of holders) if (holder === streamId) holders.delete(held);
        }
      }
    }
  }

  private async close(): Promise<void> {
    this.isOver = true;
    for (const child of this.agents) child.kill('SIGKILL');
    const alive = this.servers.filter(({ child }) => child.exitCode === null && child.signalCode === null);
    await Promise.all(alive.map(({ child }) => stopServer(child)));
    await this.proxy.stop();
    await this.postgres.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

Campaign.run().then(
  (code) => {
    printMachine();
    process.exit(code);
  },
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
