import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { verifyChain } from '#libs/ledger';
import { Pool } from 'pg';
import {
  type Client,
  count,
  idOf,
  prepareTeam,
  printMachine,
  quantile,
  runBench,
  runs,
  sequenceOf,
  setting,
  startProgram,
  submitRuns,
  submits,
  tableOf,
  team,
} from './support';

/*
 * Half of so many runs are cancelled and leave for archives, while commands go on: each of four clients submits a run, starts it and so on, one command
 * after the other. The longest command is the longest pause.
 */
const scale = setting('BENCH_RUNS', 20_000);
const target = 100;
const one = sequenceOf(1);

/** Commands until it is stopped; the milliseconds of each. */
class Load {
  readonly times: number[] = [];
  private isOver = false;
  private readonly work: Promise<void>[];
  submitted = 0;

  constructor(client: Client, clients: number) {
    this.work = Array.from({ length: clients }, () => this.go(client));
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.work);
  }

  private async go(client: Client): Promise<void> {
    const [submit] = submits(client, one, 1);
    while (!this.isOver && submit) {
      const id = idOf((await this.timed(client, submit)).body);
      this.submitted++;
      await this.timed(client, client.prepare('PUT', `${runs}/${id}/start`));
      await pause(5);
    }
  }

  private async timed(client: Client, request: Buffer) {
    const began = performance.now();
    const answer = await client.send(request);
    this.times.push(performance.now() - began);
    return answer;
  }
}

const bytesOf = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

runBench(async (bench) => {
  process.env['BENCH_FOLDER'] = bench.folder;
  const url = await bench.createDatabase('retention');
  const host = bench.running(
    await startProgram(['bench/retention-host.js'], url, { logFile: bench.logFile, flags: [], hasChannel: true }),
  );
  const client = bench.client(host.url, 32);
  const pool = new Pool({ connectionString: url, max: 1 });
  bench.atEnd(() => pool.end());
  const number = async (what: string): Promise<number> =>
    Number((await pool.query<{ n: string }>(`select ${what} as n`)).rows[0]?.n);
  const events = `(select sum(pg_total_relation_size(inhrelid)) from pg_inherits where inhparent = 'event'::regclass)`;
  const held = async () => ({ rows: await number('(select count(*) from event)'), bytes: await number(events) });
  const shown = ({ rows, bytes }: Awaited<ReturnType<typeof held>>): string =>
    `${count(rows)} in ${count(bytes / 1024)} KiB, ${count(bytes / rows)} bytes each`;

  await prepareTeam(client, [one]);
  const ids = await submitRuns(client, one, scale);
  const old = ids.filter((_, index) => index % 2 === 0);
  await client.sendAll(old.map((id) => client.prepare('DELETE', `${runs}/${id}/cancel`)));
  await client.sendAll(old.map((id) => client.prepare('PUT', `${runs}/${id}/finalize`)));
  await bench.settled();
  await pool.query('analyze');
  // The next checkpoint.
  for (let tries = 0; tries < 60; tries++) {
    const { rows } = await pool.query<{ signed: boolean }>(
      'select coalesce(max(c.size) >= h.position - 1, false) as signed from ledger_head h left join tree_checkpoint c on true group by h.position',
    );
    if (rows[0]?.signed) break;
    await pause(500);
  }
  const before = await held();

  const quiet = new Load(client, 4);
  await pause(5000);
  await quiet.stop();
  const load = new Load(client, 4);
  const began = performance.now();
  host.child.send('archive');
  const [made] = (await once(host.child, 'message')) as [number];
  const seconds = (performance.now() - began) / 1000;
  await load.stop();

  const after = await held();
  const still = await number('(select count(*) from event e join archived_run r on r.id = e.stream_id)');
  const submitted = quiet.submitted + load.submitted;
  const counted = JSON.parse(await client.call('GET', `${runs}/count`)) as { status: Record<string, number> };
  const page = JSON.parse(await client.call('GET', `${runs}/query?limit=1`)) as { totalElements: number };
  const left = scale - old.length + submitted;
  const all = counted.status['all'] ?? 0;
  const isRight = all === left && page.totalElements === left && (counted.status['cancelled'] ?? 0) === 0;
  const verdict = await verifyChain(pool);
  const folder = join(bench.folder, 'archive');
  const checked = spawnSync(process.execPath, [join(__dirname, '../apps/cli/src/main.js'), 'archive', 'verify'], {
    env: { ...process.env, DATABASE_URL: url, RUNLEDGER_ARCHIVE_FOLDER: folder },
    encoding: 'utf8',
  });
  const longest = Math.max(...load.times);
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  printMachine();
  const lines = [
    ['runs; of them archived', `${count(scale)}; ${count(old.length)} in ${made} archives`, ''],
    ['runs archived per second', count(old.length / seconds), ''],
    ['longest command, before and while', `${ms(Math.max(...quiet.times))}; ${ms(longest)}`, `≤ ${target} ms`],
    ['99 % of commands, before and while', `${ms(quantile(quiet.times, 0.99))}; ${ms(quantile(load.times, 0.99))}`, ''],
    ['commands while archiving', count(load.times.length), ''],
    [
      'counts and pages',
      isRight ? 'right' : `wrong: ${all} counted, ${page.totalElements} listed, ${left} there`,
      'right',
    ],
    ['chain', verdict.intact ? `whole, ${count(verdict.archived ?? 0)} events archived` : verdict.problem, 'whole'],
    ['archives', checked.status === 0 ? 'whole' : checked.stdout + checked.stderr, 'whole'],
    ['events in the database, before and after', `${shown(before)}; ${shown(after)}`, ''],
    ['archived events that are still in it', count(still), '0'],
    ['archives on the disk', `${count(bytesOf(folder) / 1024)} KiB`, ''],
  ];
  console.log(`\n${tableOf([`retention, ${team.split('/').at(-1)}`, 'measured', 'target'], lines)}\n`);
  if (!isRight || still > 0 || !verdict.intact || checked.status !== 0) process.exitCode = 1;
});
