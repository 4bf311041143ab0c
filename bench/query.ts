import { createDataSource, migrate } from '#libs/database';
import { count, printMachine, quantile, rounds, runBench, setting, tableOf } from './support';

/*
 * Search pages and counts over HTTP, one at a time, on 100,000 runs and on more (BENCH_RUNS, default 1,000,000) of one team among
 * others, in turns; p95 in milliseconds and the ratio between the two sizes.
 */
const sizes = [100_000, setting('BENCH_RUNS', 1_000_000)] as const;
const repeats = 40;
const day = 86_400_000;
const now = Date.now();

/**
 * Rows as the append would have written them, made by SQL: what is measured here is reading. One run in a thousand has not ended, one in a
 * hundred is not finalized.
 */
const seed = `
with made as (
  select n, $1::uuid as team, date_trunc('milliseconds', now() - (1 - n / $3::float8) * 365 * interval '1 day') as at,
         ($2::uuid[])[1 + n % 5] as workflow,
         case when n % 1000 = 7 then 'running' else (array['succeeded','succeeded','succeeded','failed','cancelled'])[1 + n / 5 % 5] end as status,
         case when n % 1000 = 7 then 'running' when n % 100 = 9 then 'completed' else 'finalized' end as phase,
         (array['manual','schedule','engine'])[1 + n % 3] as trigger
    from generate_series(1, $3::int) n),
identified as (
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' ||
          substr(md5($1::text || n::text), 1, 15))::uuid as id, made.* from made),
added as (
  insert into run_status (id, team_id, workflow_id, trigger, creation_date, status, phase, changing)
  select id, team, workflow, trigger, at, status, phase,
         json_build_object('status', status, 'phase', phase, 'statusMessage', null, 'startTime', null, 'duration', 10,
           'results', '[]'::json, 'awaitingApproval', false)
    from identified)
insert into workflow_run (id, team_id, workflow_id, trigger, creation_date, labels, fixed)
select id, team, workflow, trigger, at,
       jsonb_build_object('half', (n % 2)::text, 'rare', (n % 10000)::text),
       jsonb_build_object('id', id, 'teamId', team, 'teamName', 'bench',
         'workflow', jsonb_build_object('id', workflow, 'revisionId', workflow, 'version', 1, 'name', 'w', 'displayName', 'W'),
         'creationDate', (extract(epoch from at) * 1000)::bigint, 'trigger', trigger, 'labels', '{}'::jsonb,
         'annotations', jsonb_build_object('note', repeat('x', 300)), 'params', '[]'::jsonb, 'workspaces', '[]'::jsonb,
         'timeout', 0, 'retries', 0, 'debug', false, 'initiator', null, 'parent', null)
  from identified`;
const counters = `
insert into run_count (team_id, workflow_id, day, status, phase, trigger, runs)
select team_id, workflow_id, (creation_date at time zone 'UTC')::date, status, phase, trigger, count(*) from run_status
 where team_id = $1 group by 1, 2, 3, 4, 5, 6`;

/** What the subscriptions would have written. */
const followers = `
with ended as (
  select id, team_id, workflow_id, creation_date, status, abs(hashtext(id::text)::bigint) as n
    from run_status where team_id = $1 and status <> 'running'),
texts as (
  insert into run_text (id, team_id, workflow_id, words, results)
  select id, team_id, workflow_id,
         array_to_tsvector(array['@' || team_id, '@' || workflow_id, 'nightly', 'import', '=shard=' || n % 7, 'w' || n % 10000, case status when 'failed' then 'exit' else 'done' end]), '[]'
    from ended)
insert into run_outcome (id, team_id, workflow_id, created, status, queueing, running, shape)
select id, team_id, workflow_id, creation_date, status, n % 3000, exp(4 + (n % 1000) / 80.0)::bigint,
       case status when 'failed' then 'exit code <n> in step ' || chr(97 + (n % 20)::int) end
  from ended`;
const lengths = `select run_length_count_add(array(select id from run_outcome where team_id = $1), 1)`;

const queries: readonly (readonly [string, (size: number, workflow: string) => string])[] = [
  ['first page', () => 'workflowrun/query?order=DESC'],
  ['page at the half', (size) => `workflowrun/query?order=DESC&limit=10&page=${Math.floor(size / 20)}`],
  ['last page', (size) => `workflowrun/query?limit=10&page=${Math.floor(size / 10) - 1}`],
  ['status', () => 'workflowrun/query?statuses=failed&order=DESC'],
  ['status, at the half', (size) => `workflowrun/query?statuses=failed&page=${Math.floor(size / 100)}`],
  ['statuses, some rare', () => 'workflowrun/query?statuses=running,waiting,failed&order=DESC'],
  ['rare status', () => 'workflowrun/query?statuses=running&limit=100'],
  ['status and workflow', (_size, workflow) => `workflowrun/query?statuses=failed&workflows=${workflow}&order=DESC`],
  ['rare status and workflow', (_size, workflow) => `workflowrun/query?statuses=running&workflows=${workflow}`],
  ['rare phase', () => 'workflowrun/query?phase=completed'],
  ['phase and trigger', () => 'workflowrun/query?phase=running&triggers=manual'],
  ['sorted by status', () => 'workflowrun/query?sort=status'],
  ['workflow and phase', (_size, workflow) => `workflowrun/query?workflows=${workflow}&phase=finalized&order=DESC`],
  ['trigger and dates', () => `workflowrun/query?triggers=manual&fromDate=${now - 30 * day}&toDate=${now - day}`],
  ['rare label', () => 'workflowrun/query?labels=rare%3D77&order=DESC'],
  ['label of half of all', () => 'workflowrun/query?labels=half%3D1&order=DESC'],
  ['rare label and status', () => 'workflowrun/query?labels=rare%3D77&statuses=succeeded'],
  ['label of half of all and rare status', () => 'workflowrun/query?labels=half%3D1&statuses=running'],
  ['count', () => 'workflowrun/count'],
  ['count of a rare label', () => 'workflowrun/count?labels=rare%3D77'],
  ['count of a label of half of all', () => 'workflowrun/count?labels=half%3D1'],
  [
    'count, workflow and dates',
    (_size, workflow) => `workflowrun/count?workflows=${workflow}&fromDate=${now - 30 * day}&toDate=${now}`,
  ],
  ['insights, 14 days', () => 'insights'],
  ['insights, 24 hours', () => 'insights?period=hour'],
  ['insights, a year by week', () => `insights?period=week&fromDate=${now - 364 * day}`],
  [
    'insights of a workflow, a year by day',
    (_, workflow) => `insights?workflows=${workflow}&fromDate=${now - 364 * day}`,
  ],
  ['search, a word of all', () => 'search?q=nightly'],
  ['search, one in ten thousand', () => 'search?q=w77'],
  ['search, words of a fifth and of one in ten thousand', () => 'search?q=exit+w77'],
  ['search, no run', () => 'search?q=absent'],
];

runBench(async (bench) => {
  const dataSource = await createDataSource({ url: bench.url }).initialize();
  await migrate(dataSource);
  await dataSource.destroy();
  const server = await bench.startServer();
  const client = bench.client(server.url, 1);
  const connection = await bench.pool().connect();
  bench.atEnd(() => connection.release());
  const workflows = Array.from({ length: 5 }, (_, index) => `01900000-0000-7000-8000-00000000000${index}`);
  await connection.query('set statement_timeout = 0');
  for (const size of sizes) {
    const { id } = JSON.parse(await client.call('POST', '/api/v2/team', { name: `bench-${size}` })) as { id: string };
    await connection.query(seed, [id, workflows, size]);
    await connection.query(counters, [id]);
    await connection.query(followers, [id]);
    await connection.query(lengths, [id]);
    console.log(`${count(size)} runs are there`);
  }
  await connection.query('vacuum analyze workflow_run, run_status, run_count, run_outcome, run_length_count, run_text');
  const times = queries.map(() => sizes.map((): number[] => []));
  for (let round = 0; round < rounds; round++) {
    for (const [which, [, path]] of queries.entries()) {
      for (const [index, size] of sizes.entries()) {
        const request = client.prepare('GET', `/api/v2/team/bench-${size}/${path(size, workflows[1] ?? '')}`);
        for (let repeat = 0; repeat < repeats; repeat++) {
          const begin = performance.now();
          await client.send(request);
          times[which]?.[index]?.push(performance.now() - begin);
        }
      }
    }
  }
  const lines = queries.map(([name], which) => {
    const [small = NaN, large = NaN] = sizes.map((_, index) => quantile(times[which]?.[index] ?? [], 0.95));
    return [name, small.toFixed(2), large.toFixed(2), (large / small).toFixed(2)];
  });
  printMachine();
  console.log(`\n${tableOf(['query', ...sizes.map((size) => `p95 ms, ${count(size)} runs`), 'ratio'], lines)}\n`);
});
