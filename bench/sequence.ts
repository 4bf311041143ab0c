import {
  count,
  Floor,
  floorRow,
  median,
  medianRatio,
  prepareTeam,
  printReport,
  rounds,
  runBench,
  Samples,
  sequenceOf,
  setting,
  timeRun,
} from './support';

/** 40 tasks that do nothing, one after the other, one agent over HTTP. Compared with one-row inserts, one after the other. */
const tasks = 40;
const runsPerRound = setting('BENCH_RUNS', 5);
const workflow = sequenceOf(tasks);

runBench(async (bench) => {
  const floor = new Floor(bench);
  const server = await bench.startServer();
  const client = bench.client(server.url, 1);
  await prepareTeam(client, [workflow]);
  const time = () => timeRun(bench.measured(server), client, { workflow, tasks, limit: 1 });
  for (let run = 0; run < 3; run++) await time();
  const samples = new Samples();
  const middle: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    samples.add('floor', await floor.inserts(1));
    const times: number[] = [];
    for (let run = 0; run < runsPerRound; run++) {
      const sample = await time();
      samples.add('run', sample);
      times.push(sample.seconds);
    }
    middle.push(median(times));
    console.log(`round ${round} of ${rounds} done`);
  }
  const inserts = medianRatio(
    middle,
    samples.of('floor').map(({ rate }) => 1 / rate),
  );
  printReport([
    floorRow(1, floor.by, samples.of('floor')),
    {
      workload: `a run of ${tasks} tasks in sequence, one agent (µs: per task)`,
      figure: `${count(median(samples.of('run').map(({ seconds }) => seconds * 1000)))} ms`,
      ratio: `${count(inserts)} inserts long`,
      target: '≤ 150 ms',
      samples: samples.of('run'),
    },
  ]);
});
