import { median, openBench, printMachine, startServer, stopServer, Client } from './support';
import { timeRun } from './scripted-agent';

/** 40 no-op tasks, one after the other, one agent over HTTP. */
const length = 40;
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 7);

async function main(): Promise<void> {
  const bench = await openBench();
  const server = await startServer(bench.url);
  const client = new Client(server.url, 4);
  const times: number[] = [];
  try {
    await client.call('POST', '/api/v2/team', { name: 'bench' });
    const names = Array.from({ length }, (_, index) => `t${index}`);
    const tasks = names.map((name, index) => ({
      name,
      type: 'script',
      spec: { script: 'true' },
      dependencies: [{ taskRef: names[index - 1] ?? 'start', ...(index > 0 && { executionCondition: 'success' }) }],
    }));
    const end = { name: 'end', type: 'end', dependencies: [{ taskRef: names.at(-1), executionCondition: 'success' }] };
    await client.call('PUT', '/api/v2/team/bench/workflow', {
      name: 'sequence',
      tasks: [{ name: 'start', type: 'start' }, ...tasks, end],
    });
    for (let round = 0; round < 3; round++) await timeRun(client, 'sequence', length, 1);
    for (let round = 0; round < rounds; round++) times.push(await timeRun(client, 'sequence', length, 1));
  } finally {
    client.close();
    await stopServer(server.child);
    await bench.close();
  }
  printMachine();
  console.table([
    {
      workload: `${length} sequential no-op tasks, one agent, HTTP`,
      'median ms': Math.round(median(times)),
      'worst ms': Math.round(Math.max(...times)),
      target: '<= 400 ms',
    },
  ]);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
