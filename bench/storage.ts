import type { Pool } from 'pg';
import { count, prepareTeam, printMachine, runBench, runCrowd, runs, sequenceOf, setting, tableOf } from './support';

/**
 * Bytes that a run leaves in the database, by table, indexes and TOAST included: the size after so many runs less the size before, both
 * after `vacuum full` and `analyze`, divided by the runs. Each task writes one line to its log, and every run is finalized.
 */
const scale = setting('BENCH_RUNS', 1000);
const kinds = [
  { tasks: 1, runs: scale },
  { tasks: 5, runs: scale },
  { tasks: 50, runs: Math.ceil(scale / 10) },
] as const;
const target = '≤ 12 KB for 5 tasks';

/** Bytes by table; the partitions of a table count as one. */
async function sizes(pool: Pool): Promise<Map<string, number>> {
  await pool.query('vacuum full');
  await pool.query('analyze');
  const { rows } = await pool.query<{ name: string; bytes: string }>(
    `select coalesce(pg_partition_root(c.oid), c.oid)::regclass::text as name, sum(pg_total_relation_size(c.oid)) as bytes
       from pg_class c
      where c.relkind in ('r', 'm') and c.relnamespace = 'public'::regnamespace
      group by 1`,
  );
  return new Map(rows.map(({ name, bytes }) => [name, Number(bytes)]));
}

runBench(async (bench) => {
  const server = await bench.startServer();
  const client = bench.client(server.url, 32);
  const pool = bench.pool();
  await prepareTeam(
    client,
    kinds.map(({ tasks }) => sequenceOf(tasks)),
  );
  await pool.query('set statement_timeout = 0');
  const live = async (tasks: number, howMany: number): Promise<void> => {
    const workflow = sequenceOf(tasks);
    const options = { workflow, tasks, runs: howMany, agents: 8, limit: 16, log: 'A line of the log.\n' };
    const { ids } = await runCrowd(bench, server, client, options);
    await client.sendAll(ids.map((id) => client.prepare('PUT', `${runs}/${id}/finalize`)));
  };
  // What is there once, whatever the number of runs, is there before the first look.
  for (const { tasks } of kinds) await live(tasks, 5);
  const perRun: Map<string, number>[] = [];
  for (const kind of kinds) {
    const before = await sizes(pool);
    await live(kind.tasks, kind.runs);
    const after = await sizes(pool);
    perRun.push(new Map([...after].map(([name, bytes]) => [name, (bytes - (before.get(name) ?? 0)) / kind.runs])));
    console.log(`${count(kind.runs)} runs of ${kind.tasks} measured`);
  }
  const largest = (name: string) => Math.max(...perRun.map((found) => found.get(name) ?? 0));
  const names = [...new Set(perRun.flatMap((found) => [...found.keys()]))]
    .filter((name) => largest(name) >= 1)
    .sort((a, b) => largest(b) - largest(a));
  const all = perRun.map((found) => [...found.values()].reduce((sum, bytes) => sum + bytes, 0));
  const lines = [
    ['all tables', ...all.map(count), target],
    ...names.map((name) => [name, ...perRun.map((found) => count(found.get(name) ?? 0)), '']),
  ];
  const head = kinds.map(({ tasks }) => `bytes per run of ${tasks} ${tasks === 1 ? 'task' : 'tasks'}`);
  printMachine();
  console.log(`\n${tableOf(['table', ...head, 'target'], lines)}\n`);
});
