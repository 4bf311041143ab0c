import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CpuProfile, type SelfTime, selfTimes } from './self-times';
import {
  count,
  measure,
  prepareTeam,
  printMachine,
  runBench,
  runs,
  sequenceOf,
  setting,
  submitRuns,
  submits,
  tableOf,
} from './support';

/** Where the server's time goes: the functions that take the most of it, for each kind of command over HTTP on 64 connections. */
const commands = setting('BENCH_RUNS', 5000);
const shown = setting('BENCH_FUNCTIONS', 15);
const workflow = sequenceOf(3);

runBench(async (bench) => {
  const file = join(bench.folder, 'server.cpuprofile');
  process.env['BENCH_PROFILE'] = file;
  const server = await bench.startServer({ flags: ['--require', join(__dirname, 'profiler.js')] });
  const client = bench.client(server.url, 64);
  await prepareTeam(client, [workflow]);
  const profile = async (name: string, requests: readonly Buffer[]): Promise<void> => {
    rmSync(file, { force: true });
    server.child.kill('SIGUSR2');
    await sleep(300);
    const sample = await measure(bench.measured(server), () => client.sendAll(requests));
    server.child.kill('SIGUSR2');
    const { functions, parts } = selfTimes(await profileIn(file));
    const sum = parts.reduce((total, { microseconds }) => total + microseconds, 0);
    const table = (head: string, found: readonly SelfTime[]): string => {
      const lines = found.slice(0, shown).map((each) => {
        const share = (each.microseconds / sum) * 100;
        return [each.name, `${share.toFixed(1)} %`, (each.microseconds / requests.length).toFixed(1)];
      });
      return tableOf([head, 'of the time', 'µs per command'], lines);
    };
    console.log(
      `\n${name}: ${count(sample.rate)}/s, ${count(sum / requests.length)} µs in the server's main thread, ` +
        `${count(sample.postgresMicros)} µs in PostgreSQL\n\n${table('function', functions)}\n\n${table('part', parts)}`,
    );
  };
  await submitRuns(client, workflow, 2000);
  await profile('submit, 3-task workflow', submits(client, workflow, commands));
  const ids = await submitRuns(client, workflow, commands);
  await profile(
    'start',
    ids.map((id) => client.prepare('PUT', `${runs}/${id}/start`)),
  );
  await profile(
    'cancel',
    ids.map((id) => client.prepare('DELETE', `${runs}/${id}/cancel`)),
  );
  await profile(
    'finalize',
    ids.map((id) => client.prepare('PUT', `${runs}/${id}/finalize`)),
  );
  printMachine();
});

/** The profile, once it is written as a whole. */
async function profileIn(file: string): Promise<CpuProfile> {
  for (;;) {
    await sleep(200);
    if (!existsSync(file)) continue;
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
}
