import 'reflect-metadata';
import { serverReach } from '#libs/contracts';
import { createPool } from '#libs/database';
import { SecretBox } from '#libs/secrets';
import { CommandProcessor } from '#libs/ledger';
import { createRunCategory } from '#libs/runs';
import {
  type Bench,
  Client,
  inFlight,
  insertsPerSecond,
  median,
  openBench,
  printMachine,
  startServer,
  stopServer,
} from './support';

/*
 * State-changing commands of distinct runs of one team: over HTTP on 64 connections, inside the process with 64 in flight, and
 * one at a time; each as a ratio to one-row inserts of the same PostgreSQL, measured in turns.
 */
const rounds = 3;
const runsPerRound = 2000;
const seconds = 4;
const base = '/api/v2/team/bench/workflowrun';

const definition = {
  name: 'one',
  tasks: [
    { name: 'start', type: 'start' },
    { name: 'a', type: 'script', spec: { script: 'true' }, dependencies: [{ taskRef: 'start' }] },
    { name: 'end', type: 'end', dependencies: [{ taskRef: 'a', executionCondition: 'success' }] },
  ],
};

async function submit(client: Client, count: number): Promise<string[]> {
  const ids: string[] = [];
  await client.each(Array.from({ length: count }), async () => {
    ids.push(
      (JSON.parse(await client.call('POST', '/api/v2/team/bench/workflow/one/submit', {})) as { id: string }).id,
    );
  });
  return ids;
}

async function overHttp(client: Client): Promise<number> {
  const ids = await submit(client, runsPerRound);
  let spent = 0;
  spent += await client.each(ids, (id) => client.call('PUT', `${base}/${id}/start`));
  spent += await client.each(ids, (id) => client.call('DELETE', `${base}/${id}/cancel`));
  spent += await client.each(ids, (id) => client.call('PUT', `${base}/${id}/finalize`));
  return (ids.length * 3) / spent;
}

/** Starts, inside this process: no HTTP. */
async function inside(client: Client, bench: Bench, width: number, count: number): Promise<number> {
  const ids = await submit(client, count);
  const pool = createPool({ url: bench.url });
  const processor = new CommandProcessor(pool);
  const category = createRunCategory(60, new SecretBox({ current: Buffer.alloc(32) }));
  const start = (streamId: string) =>
    processor.execute(category, {
      streamId,
      command: { type: 'StartRun', overlay: {}, now: Date.now(), reach: serverReach },
      metadata: { actor: 'bench' },
    });
  const spent = await inFlight(ids, width, start);
  await processor.close();
  await pool.end();
  return ids.length / spent;
}

async function main(): Promise<void> {
  const bench = await openBench();
  const server = await startServer(bench.url);
  const client = new Client(server.url, 64);
  const figures = {
    inserts32: [] as number[],
    inserts1: [] as number[],
    http: [] as number[],
    inside: [] as number[],
    alone: [] as number[],
  };
  let by = '';
  try {
    await client.call('POST', '/api/v2/team', { name: 'bench' });
    await client.call('PUT', '/api/v2/team/bench/workflow', definition);
    await overHttp(client);
    for (let round = 1; round <= rounds; round++) {
      const inserts = await insertsPerSecond(bench, 32, seconds);
      by = inserts.by;
      figures.inserts32.push(inserts.rate);
      figures.http.push(await overHttp(client));
      figures.inside.push(await inside(client, bench, 64, runsPerRound));
      figures.inserts1.push((await insertsPerSecond(bench, 1, seconds)).rate);
      figures.alone.push(await inside(client, bench, 1, 500));
      console.log(`round ${round} of ${rounds} done`);
    }
  } finally {
    client.close();
    await stopServer(server.child);
    await bench.close();
  }
  printMachine();
  const inserts = median(figures.inserts32);
  const row = (workload: string, rate: number, ratio: number, target: string) => ({
    workload,
    'per second': Math.round(rate),
    ratio: Number(ratio.toFixed(2)),
    target,
  });
  console.table([
    row(`one-row inserts, 32 clients (${by})`, inserts, 1, ''),
    row(
      'commands over HTTP, 64 connections, one team',
      median(figures.http),
      median(figures.http) / inserts,
      '>= 0.45 of inserts',
    ),
    row(
      'commands in the process, 64 in flight',
      median(figures.inside),
      median(figures.inside) / inserts,
      '>= 1 of inserts',
    ),
    row(`one-row inserts, 1 client (${by})`, median(figures.inserts1), 1, ''),
    row(
      'commands in the process, one at a time',
      median(figures.alone),
      median(figures.inserts1) / median(figures.alone),
      'latency <= 3 inserts',
    ),
  ]);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
