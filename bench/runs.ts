import {
  Floor,
  floorRow,
  medianRatio,
  ofTheFloor,
  perSecond,
  prepareTeam,
  printReport,
  rounds,
  type Row,
  runBench,
  runCrowd,
  Samples,
  sequenceOf,
  setting,
} from './support';

/** Whole runs of 1 and of 3 tasks that do nothing: 32 submits in flight, 8 agents over HTTP. */
const runsPerRound = setting('BENCH_RUNS', 1000);
const kinds = [
  { tasks: 1, target: '≥ 2,000/s' },
  { tasks: 3, target: '≥ 1,200/s' },
] as const;

runBench(async (bench) => {
  const floor = new Floor(bench);
  const server = await bench.startServer();
  const client = bench.client(server.url, 32);
  await prepareTeam(
    client,
    kinds.map(({ tasks }) => sequenceOf(tasks)),
  );
  const crowd = async (tasks: number, runs: number) => {
    const options = { workflow: sequenceOf(tasks), tasks, runs, agents: 8, limit: 16 };
    return (await runCrowd(bench, server, client, options)).sample;
  };
  for (const { tasks } of kinds) await crowd(tasks, Math.min(300, runsPerRound));
  const samples = new Samples();
  for (let round = 1; round <= rounds; round++) {
    samples.add('floor', await floor.inserts(32));
    for (const { tasks } of kinds) samples.add(String(tasks), await crowd(tasks, runsPerRound));
    console.log(`round ${round} of ${rounds} done`);
  }
  const rows = kinds.map(({ tasks, target }): Row => {
    const key = String(tasks);
    return {
      workload: `runs of ${tasks} ${tasks === 1 ? 'task' : 'tasks in sequence'}, 32 submits in flight, 8 agents`,
      figure: perSecond(samples.of(key)),
      ratio: ofTheFloor(medianRatio(samples.rates(key), samples.rates('floor'))),
      target,
      samples: samples.of(key),
    };
  });
  printReport([floorRow(32, floor.by, samples.of('floor')), ...rows]);
});
