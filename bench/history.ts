import { createDataSource, migrate } from '#libs/database';
import {
  count,
  inFlight,
  pastOf,
  prepareTeam,
  printMachine,
  quantile,
  rounds,
  runBench,
  runs,
  setting,
  stepsOf,
  tableOf,
  tasksOfLong,
  team,
} from './support';

/*
 * Questions about the past over HTTP, one at a time, in a ledger of BENCH_EVENTS events (default 1,000,000): of runs of some 200 events
 * that were written at once, and of one whose 200 events are spread over the whole ledger. p50 and p95 in milliseconds.
 */
const wanted = setting('BENCH_EVENTS', 1_000_000);
const repeats = 100;
const spreadEvents = 200;
const waiting = [{ name: 'ask', type: 'approval', dependencies: [{ taskRef: 'start' }] }];

interface Made {
  readonly id: string;
}
interface Event {
  readonly position: number;
  readonly time: string;
}

runBench(async (bench) => {
  const dataSource = await createDataSource({ url: bench.url }).initialize();
  await migrate(dataSource);
  await dataSource.destroy();
  const server = await bench.startServer();
  const client = bench.client(server.url, 16);
  const pool = bench.pool();
  await prepareTeam(client, [pastOf('steps', stepsOf(tasksOfLong)), pastOf('spread', waiting)]);
  const submit = async (name: string): Promise<string> =>
    (JSON.parse(await client.call('POST', `${team}/workflow/${name}/submit?start=true`, {})) as Made).id;
  const spread = await submit('spread');
  const made: string[] = [];
  const batch = Math.ceil(wanted / (4 * tasksOfLong) / spreadEvents);
  for (let turn = 0; turn < spreadEvents; turn++) {
    await inFlight(Array.from({ length: batch }), 16, async () => made.push(await submit('steps')));
    await client.call('POST', `/api/v2/callback?ref=${spread}&topic=news`, { turn });
  }
  await pool.query('vacuum analyze event');
  const { rows } = await pool.query<{ position: string }>('select position from ledger_head');
  console.log(`${count(Number(rows[0]?.position))} events are there`);

  const eventsOf = async (id: string): Promise<Event[]> =>
    (JSON.parse(await client.call('GET', `${runs}/${id}/events?limit=1000`)) as { events: Event[] }).events;
  const anyOf = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)] as Item;
  const spreadOnes = await eventsOf(spread);
  const questions: readonly (readonly [string, () => Promise<string>])[] = [
    ['now', () => Promise.resolve(anyOf(made))],
    ['at a position', async () => pathTo(anyOf(made), ({ position }) => `?at=${position}`)],
    ['at a time', async () => pathTo(anyOf(made), ({ time }) => `?at=${encodeURIComponent(time)}`)],
    ['at a version', () => Promise.resolve(`${anyOf(made)}?version=${1 + Math.floor(Math.random() * 190)}`)],
    ['at a position, spread', () => Promise.resolve(`${spread}?at=${anyOf(spreadOnes).position}`)],
    ['100 events', () => Promise.resolve(`${anyOf(made)}/events`)],
    ['difference', () => Promise.resolve(`${anyOf(made)}/diff?from=1&to=190`)],
    ['explanation', () => Promise.resolve(`${anyOf(made)}/explain`)],
    ['explanation, spread', () => Promise.resolve(`${spread}/explain`)],
  ];
  async function pathTo(id: string, query: (event: Event) => string): Promise<string> {
    return `${id}${query(anyOf(await eventsOf(id)))}`;
  }
  const times = questions.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [which, [, ask]] of questions.entries()) {
      for (let repeat = 0; repeat < repeats; repeat++) {
        const path = await ask();
        const request = client.prepare('GET', `${runs}/${path}`);
        const begin = performance.now();
        await client.send(request);
        times[which]?.push(performance.now() - begin);
      }
    }
  }
  const lines = questions.map(([name], which) => {
    const found = times[which] ?? [];
    return [name, quantile(found, 0.5).toFixed(2), quantile(found, 0.95).toFixed(2)];
  });
  printMachine();
  console.log(`\n${tableOf(['question', 'p50 ms', 'p95 ms'], lines)}\n`);
});
