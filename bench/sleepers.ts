import { setTimeout as sleep } from 'node:timers/promises';
import { count, memoryOf, prepareTeam, printMachine, runBench, setting, tableOf, team } from './support';

/** What runs that wait cost, and how late they wake when all of them are due at one moment. */
const sleepers = setting('BENCH_RUNS', 10_000);
const horizon = setting('BENCH_SECONDS', 30);

const sleeper = {
  name: 'sleeper',
  params: [{ name: 'ms', type: 'number' }],
  tasks: [
    { name: 'start', type: 'start' },
    {
      name: 'it',
      type: 'sleep',
      params: [{ name: 'duration', value: '$(params.ms)' }],
      dependencies: [{ taskRef: 'start' }],
    },
    { name: 'end', type: 'end', dependencies: [{ taskRef: 'it', executionCondition: 'success' }] },
  ],
};

runBench(async (bench) => {
  const server = await bench.startServer();
  const client = bench.client(server.url, 32);
  const pool = bench.pool();
  await prepareTeam(client, [sleeper]);
  const submit = async (runs: number, wakeAt: number): Promise<void> => {
    await client.each(Array.from({ length: runs }), () => {
      const params = [{ name: 'ms', value: wakeAt - Date.now() }];
      return client.call('POST', `${team}/workflow/sleeper/submit?start=true`, { params });
    });
  };
  await submit(500, Date.now() + 3_600_000);
  await sleep(2000);
  const before = memoryOf(server.pid);
  const wakeAt = Date.now() + horizon * 1000;
  await submit(sleepers, wakeAt);
  if (Date.now() > wakeAt) throw new Error('The machine is too slow for it: set BENCH_SECONDS higher');
  const asleep = memoryOf(server.pid);
  const completed = `from event where type = 'WorkflowRunCompleted'`;
  for (let woken = 0; woken < sleepers;) {
    await sleep(500);
    woken = Number((await pool.query<{ n: string }>(`select count(*) as n ${completed}`)).rows[0]?.n ?? 0);
  }
  const { rows } = await pool.query<{ first: Date; median: Date; last: Date }>(
    `select min(recorded_at) as first, percentile_disc(0.5) within group (order by recorded_at) as median,
            max(recorded_at) as last ${completed}`,
  );
  const late = (date: Date | undefined) => `${date ? date.getTime() - wakeAt : NaN} ms`;
  const lines = [
    ['more memory', `${count(asleep.mebibytes - before.mebibytes)} MiB`, '< 50 MiB'],
    ['more threads', String(asleep.threads - before.threads), '0'],
    ['the first wakes after', late(rows[0]?.first), ''],
    ['half of them are awake after', late(rows[0]?.median), ''],
    ['the last wakes after', late(rows[0]?.last), ''],
  ];
  printMachine();
  console.log(`\n${tableOf([`${count(sleepers)} sleeping runs`, 'figure', 'target'], lines)}\n`);
});
