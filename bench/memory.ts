import {
  count,
  Floor,
  floorRow,
  memoryOf,
  measure,
  median,
  ofTheFloor,
  perSecond,
  prepareTeam,
  printReport,
  runBench,
  type Sample,
  sequenceOf,
  setting,
  submits,
  tableOf,
} from './support';

/** What the server holds in memory while it takes submits on 64 connections, and whether that stays flat. */
const total = setting('BENCH_SUBMITS', 20_000);
const steps = 10;
const workflow = sequenceOf(3);
/** Milliseconds between two looks at the memory. */
const pause = 200;

const rates = (samples: readonly Sample[]): readonly number[] => samples.map(({ rate }) => rate);

runBench(async (bench) => {
  const floor = new Floor(bench);
  const server = await bench.startServer();
  const client = bench.client(server.url, 64);
  await prepareTeam(client, [workflow]);
  const idle = memoryOf(server.pid).mebibytes;
  const floors = [await floor.inserts(32)];
  const samples: Sample[] = [];
  const lines: string[][] = [];
  const middles: number[] = [];
  let most = 0;
  for (let step = 1; step <= steps; step++) {
    const seen: number[] = [];
    const looking = setInterval(() => seen.push(memoryOf(server.pid).mebibytes), pause);
    samples.push(
      await measure(bench.measured(server), () => client.sendAll(submits(client, workflow, Math.ceil(total / steps)))),
    );
    clearInterval(looking);
    seen.push(memoryOf(server.pid).mebibytes);
    middles.push(median(seen));
    most = Math.max(most, ...seen);
    const done = count((total / steps) * step);
    lines.push([done, count(Math.min(...seen)), count(median(seen)), count(Math.max(...seen))]);
  }
  floors.push(await floor.inserts(32));
  console.log(`\n${tableOf(['submits', 'least MiB', 'median MiB', 'most MiB'], lines)}`);
  // The first submits warm the caches up: what counts is whether it still grows after that.
  const middle = median(middles.slice(steps * 0.4, steps * 0.6));
  const end = median(middles.slice(steps * 0.8));
  printReport([
    floorRow(32, floor.by, floors),
    {
      workload: `${count(total)} submits over HTTP, 64 connections, 3-task workflow`,
      figure: perSecond(samples),
      ratio: ofTheFloor(median(rates(samples)) / median(rates(floors))),
      target: '≥ 0.25',
      samples,
    },
    { workload: 'memory of the server before them', figure: `${count(idle)} MiB` },
    { workload: 'memory at most', figure: `${count(most)} MiB`, target: '≤ 250 MiB' },
    {
      workload: 'memory at the end',
      figure: `${count(end)} MiB`,
      ratio: `${(end / middle).toFixed(2)} of halfway`,
      target: 'flat',
    },
  ]);
});
