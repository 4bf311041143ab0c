import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CpuProfile, type SelfTime, selfTimes } from './self-times';
import {
  count,
  InProcess,
  measure,
  prepareTeam,
  printMachine,
  runBench,
  runs,
  type RunningServer,
  type Sample,
  sequenceOf,
  setting,
  submitRuns,
  submits,
  tableOf,
} from './support';

/** Where the server's time goes: the functions that take the most of it, for each kind of command, in the process and over HTTP. */
const commands = setting('BENCH_RUNS', 5000);
const shown = setting('BENCH_FUNCTIONS', 15);
const inFlight = 64;
const kinds = ['StartRun', 'CancelRun', 'FinalizeRun'] as const;
const workflow = sequenceOf(3);
const flags = ['--require', join(__dirname, 'profiler.js')];

runBench(async (bench) => {
  const file = join(bench.folder, 'server.cpuprofile');
  process.env['BENCH_PROFILE'] = file;
  const profile = async (name: string, { child }: RunningServer, work: () => Promise<Sample>): Promise<void> => {
    rmSync(file, { force: true });
    child.kill('SIGUSR2');
    await sleep(300);
    const sample = await work();
    child.kill('SIGUSR2');
    print(name, sample, selfTimes(await profileIn(file)));
  };

  const host = await InProcess.start(bench, flags);
  const hostClient = bench.client(host.server.url, inFlight);
  await prepareTeam(hostClient, [workflow]);
  const warming = await submitRuns(hostClient, workflow, 3000);
  for (const type of kinds) await host.execute(type, warming, inFlight);
  const inside = await submitRuns(hostClient, workflow, commands);
  for (const type of kinds) {
    await profile(`${type} in the process`, host.server, () =>
      measure(bench.measured(host.server), () => host.execute(type, inside, inFlight)),
    );
  }

  const server = await bench.startServer({ flags, program: 'apps/server/src/main.js' });
  const client = bench.client(server.url, inFlight);
  await prepareTeam(client, [workflow]);
  const send = (requests: readonly Buffer[]) => () => measure(bench.measured(server), () => client.sendAll(requests));
  await submitRuns(client, workflow, 2000);
  await profile('submit, 3-task workflow', server, send(submits(client, workflow, commands)));
  const ids = await submitRuns(client, workflow, commands);
  for (const [method, command] of [
    ['PUT', 'start'],
    ['DELETE', 'cancel'],
    ['PUT', 'finalize'],
  ] as const) {
    await profile(command, server, send(ids.map((id) => client.prepare(method, `${runs}/${id}/${command}`))));
  }
  printMachine();
});

function print(name: string, sample: Sample, { functions, parts }: ReturnType<typeof selfTimes>): void {
  const sum = parts.reduce((total, { microseconds }) => total + microseconds, 0);
  const table = (head: string, found: readonly SelfTime[]): string => {
    const lines = found.slice(0, shown).map((each) => {
      const share = (each.microseconds / sum) * 100;
      return [each.name, `${share.toFixed(1)} %`, (each.microseconds / commands).toFixed(1)];
    });
    return tableOf([head, 'of the time', 'µs per command'], lines);
  };
  console.log(
    `\n${name}: ${count(sample.rate)}/s, ${count(sum / commands)} µs in the server's main thread, ` +
      `${count(sample.postgresMicros)} µs in PostgreSQL\n\n${table('function', functions)}\n\n${table('part', parts)}`,
  );
}

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
