import {
  count,
  fanOf,
  Floor,
  floorRow,
  median,
  medianRatio,
  ofTheFloor,
  prepareTeam,
  printReport,
  rounds,
  type Row,
  runBench,
  type Sample,
  Samples,
  timeRun,
} from './support';

/** A run of many tasks side by side and their join, one agent that claims 50 at once: twice the tasks may take little more than twice as long. */
const widths = [1000, 2000] as const;
const limit = 50;

runBench(async (bench) => {
  const floor = new Floor(bench);
  const server = await bench.startServer();
  const client = bench.client(server.url, 1);
  const [small, large] = widths.map(fanOf);
  if (!small || !large) return;
  await prepareTeam(client, [small, large]);
  const time = (workflow: typeof small, tasks: number) =>
    timeRun(bench.measured(server), client, { workflow, tasks, limit });
  await time(small, widths[0]);
  const samples = new Samples();
  for (let round = 1; round <= rounds; round++) {
    samples.add('floor', await floor.inserts(32));
    samples.add('small', await time(small, widths[0]));
    samples.add('large', await time(large, widths[1]));
    console.log(`round ${round} of ${rounds} done`);
  }
  const milliseconds = (found: readonly Sample[]) => found.map(({ seconds }) => seconds * 1000);
  const row = (tasks: number, key: string, ratio: string, target: string): Row => ({
    workload: `fan-out and fan-in of ${count(tasks)} tasks, one agent (µs: per task)`,
    figure: `${count(median(milliseconds(samples.of(key))))} ms`,
    ratio,
    target,
    samples: samples.of(key),
  });
  const ofFloor = medianRatio(samples.rates('small'), samples.rates('floor'));
  const twice = medianRatio(milliseconds(samples.of('large')), milliseconds(samples.of('small')));
  printReport([
    floorRow(32, floor.by, samples.of('floor')),
    row(widths[0], 'small', ofTheFloor(ofFloor), '≤ 1,000 ms'),
    row(widths[1], 'large', `${twice.toFixed(2)} times 1,000`, '≤ 2.1 times'),
  ]);
});
