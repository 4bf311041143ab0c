import { spawn } from 'node:child_process';
import { join } from 'node:path';
import {
  count,
  inFlight,
  memoryOf,
  pastOf,
  prepareTeam,
  printMachine,
  processMicros,
  runBench,
  setting,
  stepsOf,
  tableOf,
  tasksOfLong,
  team,
} from './support';

/*
 * What an auditor does with a ledger of BENCH_EVENTS events (default 1,000,000), by the command line: verify the chain, rebuild every view
 * and compare it, export. Half of the events are of runs of some 200 events, half of runs of some 12. Events per second, microseconds of CPU per
 * event of the command and of PostgreSQL, and the memory of the command when a quarter, a half and all of it was done.
 */
const wanted = setting('BENCH_EVENTS', 1_000_000);
const cli = join(__dirname, '../bin/runledger.js');
const kinds = [
  { name: 'long', tasks: tasksOfLong },
  { name: 'short', tasks: 2 },
] as const;

interface Measured {
  readonly seconds: number;
  readonly micros: number;
  readonly mebibytes: readonly number[];
}

/** Runs a command; its memory is looked at all the time, and told for the quarters of the time that it took. */
async function measure(url: string, args: readonly string[]): Promise<Measured> {
  const begin = performance.now();
  const child = spawn(process.execPath, [cli, ...args], {
    env: { ...process.env, DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.resume();
  const looks: { readonly mebibytes: number; readonly micros: number }[] = [];
  const looking = setInterval(() => {
    try {
      const pid = child.pid ?? 0;
      looks.push({ mebibytes: memoryOf(pid).mebibytes, micros: processMicros(pid) });
    } catch {
      // It has ended.
    }
  }, 50);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(looking);
  if (code !== 0) throw new Error(`runledger ${args.join(' ')} ended with ${String(code)}`);
  const seen = looks.filter(({ mebibytes }) => mebibytes > 0);
  const at = (share: number) => seen[Math.ceil(seen.length * share) - 1]?.mebibytes ?? NaN;
  return {
    seconds: (performance.now() - begin) / 1000,
    micros: seen.at(-1)?.micros ?? NaN,
    mebibytes: [at(0.25), at(0.5), at(1)],
  };
}

runBench(async (bench) => {
  const server = await bench.startServer();
  const client = bench.client(server.url, 16);
  await prepareTeam(
    client,
    kinds.map(({ name, tasks }) => pastOf(name, stepsOf(tasks))),
  );
  for (const { name, tasks } of kinds) {
    const runs = Math.ceil(wanted / kinds.length / (4 * tasks + 4));
    const request = client.prepare('POST', `${team}/workflow/${name}/submit?start=true`, {});
    await inFlight(Array.from({ length: runs }), 16, () => client.send(request));
  }
  await bench.settled();
  const pool = bench.pool();
  await pool.query('vacuum analyze');
  const { rows } = await pool.query<{ position: string }>('select position from ledger_head');
  const events = Number(rows[0]?.position);
  console.log(`${count(events)} events are there`);
  const lines: string[][] = [];
  for (const [name, target, args] of [
    ['verify the chain', '≥ 100,000/s', ['verify', '--no-views']],
    ['rebuild and compare every view', '≥ 50,000/s', ['rebuild']],
    ['export', 'flat', ['export']],
  ] as const) {
    const before = bench.postgresMicros();
    const { seconds, micros, mebibytes } = await measure(bench.url, args);
    const postgres = bench.postgresMicros() - before;
    lines.push([
      name,
      `${count(events / seconds)}/s`,
      target,
      (micros / events).toFixed(1),
      (postgres / events).toFixed(1),
      mebibytes.map((each) => Math.round(each)).join(' / '),
    ]);
  }
  printMachine();
  const head = ['command', 'events', 'target', 'µs Node', 'µs PostgreSQL', 'MiB at 25 / 50 / 100 %'];
  console.log(`\n${tableOf(head, lines)}\n`);
});
