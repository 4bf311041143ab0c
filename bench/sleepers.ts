import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { Client, openBench, printMachine, startServer, stopServer } from './support';

/** What runs that wait cost, and how late they wake when all of them are due at one moment. */
const count = Number(process.env['BENCH_RUNS'] ?? 10_000);
const horizon = Number(process.env['BENCH_SECONDS'] ?? 30);

interface Usage {
  readonly mebibytes: number;
  readonly threads: number;
}

/** Linux only. */
function usageOf(pid: number | undefined): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? NaN);
  return { mebibytes: Math.round(field('VmRSS') / 1024), threads: field('Threads') };
}

async function main(): Promise<void> {
  const bench = await openBench();
  const server = await startServer(bench.url);
  const client = new Client(server.url, 32);
  const pool = new Pool({ connectionString: bench.url });
  try {
    await client.call('POST', '/api/v2/team', { name: 'bench' });
    await client.call('PUT', '/api/v2/team/bench/workflow', {
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
    });
    let wakeAt = Date.now() + 3_600_000;
    const submit = () => {
      const params = [{ name: 'ms', value: wakeAt - Date.now() }];
      return client.call('POST', '/api/v2/team/bench/workflow/sleeper/submit?start=true', { params });
    };
    await client.each(Array.from({ length: 500 }), submit);
    await sleep(2000);
    const before = usageOf(server.child.pid);
    wakeAt = Date.now() + horizon * 1000;
    await client.each(Array.from({ length: count }), submit);
    if (Date.now() > wakeAt) throw new Error('The machine is too slow for it: set BENCH_SECONDS higher');
    const asleep = usageOf(server.child.pid);
    const completed = `from event where type = 'WorkflowRunCompleted'`;
    for (let woken = 0; woken < count;) {
      await sleep(500);
      woken = Number((await pool.query<{ n: string }>(`select count(*) as n ${completed}`)).rows[0]?.n ?? 0);
    }
    const { rows } = await pool.query<{ first: Date; median: Date; last: Date }>(
      `select min(recorded_at) as first, percentile_disc(0.5) within group (order by recorded_at) as median,
              max(recorded_at) as last ${completed}`,
    );
    const late = (date: Date | undefined) => (date ? date.getTime() - wakeAt : NaN);
    printMachine();
    console.table([
      {
        'sleeping runs': count,
        'more MiB': asleep.mebibytes - before.mebibytes,
        'more threads': asleep.threads - before.threads,
        'first woken after ms': late(rows[0]?.first),
        'half after ms': late(rows[0]?.median),
        'last after ms': late(rows[0]?.last),
        target: '< 50 MiB, 0 threads',
      },
    ]);
  } finally {
    client.close();
    await pool.end();
    await stopServer(server.child);
    await bench.close();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
