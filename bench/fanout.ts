import { median, openBench, printMachine, startServer, stopServer, Client } from './support';
import { timeRun } from './scripted-agent';

/** A run of many tasks side by side and their join: 2,000 must cost at most 2.2 times as much as 1,000. */
const widths = [1000, 2000];
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);

async function main(): Promise<void> {
  const bench = await openBench();
  const server = await startServer(bench.url);
  const client = new Client(server.url, 16);
  const times = new Map<number, number[]>(widths.map((width) => [width, []]));
  try {
    await client.call('POST', '/api/v2/team', { name: 'bench' });
    for (const width of widths) {
      const names = Array.from({ length: width }, (_, index) => `t${index}`);
      const tasks = names.map((name) => ({
        name,
        type: 'script',
        spec: { script: 'true' },
        dependencies: [{ taskRef: 'start' }],
      }));
      const end = {
        name: 'end',
        type: 'end',
        dependencies: names.map((taskRef) => ({ taskRef, executionCondition: 'success' })),
      };
      await client.call('PUT', '/api/v2/team/bench/workflow', {
        name: `fan-${width}`,
        tasks: [{ name: 'start', type: 'start' }, ...tasks, end],
      });
    }
    await timeRun(client, 'fan-1000', 1000, 50);
    for (let round = 1; round <= rounds; round++) {
      for (const width of widths) times.get(width)?.push(await timeRun(client, `fan-${width}`, width, 50));
      console.log(`round ${round} of ${rounds} done`);
    }
  } finally {
    client.close();
    await stopServer(server.child);
    await bench.close();
  }
  printMachine();
  const [small = NaN, large = NaN] = widths.map((width) => median(times.get(width) ?? []));
  console.table([
    { workload: 'fan-out and fan-in of 1,000 tasks', 'median ms': Math.round(small), ratio: 1, target: '' },
    {
      workload: 'fan-out and fan-in of 2,000 tasks',
      'median ms': Math.round(large),
      ratio: Number((large / small).toFixed(2)),
      target: '<= 2.2',
    },
  ]);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
