import {
  type Bench,
  type Client,
  Floor,
  floorRow,
  InProcess,
  measure,
  median,
  medianRatio,
  ofTheFloor,
  perSecond,
  prepareTeam,
  printReport,
  type Row,
  rounds,
  type RunningServer,
  runBench,
  runs,
  type Sample,
  Samples,
  sequenceOf,
  setting,
  submitRuns,
  submits,
  together,
} from './support';

/*
 * State-changing commands of distinct runs of one team: over HTTP on 64 connections; inside the process with 64 and 256 in flight, and one
 * at a time. Each is compared with one-row inserts of the same PostgreSQL, in turns.
 */
const runsPerRound = setting('BENCH_RUNS', 2000);
const one = sequenceOf(1);
const three = sequenceOf(3);

async function overHttp(bench: Bench, server: RunningServer, client: Client, samples: Samples): Promise<void> {
  const send = (requests: readonly Buffer[]) => measure(bench.measured(server), () => client.sendAll(requests));
  const ids = await submitRuns(client, one, runsPerRound);
  const kinds = [
    ['start', 'PUT', 'start'],
    ['cancel', 'DELETE', 'cancel'],
    ['finalize', 'PUT', 'finalize'],
  ] as const;
  const all: Sample[] = [];
  for (const [name, method, path] of kinds) {
    const sample = await send(ids.map((id) => client.prepare(method, `${runs}/${id}/${path}`)));
    samples.add(name, sample);
    all.push(sample);
  }
  samples.add('commands', together(all));
  samples.add('submit', await send(submits(client, three, runsPerRound)));
}

async function inside(
  bench: Bench,
  host: InProcess,
  client: Client,
  samples: Samples,
  width: number,
  name = `inside ${width}`,
): Promise<void> {
  const ids = await submitRuns(client, one, width === 1 ? Math.min(500, runsPerRound) : runsPerRound);
  const all: Sample[] = [];
  for (const type of ['StartRun', 'CancelRun', 'FinalizeRun'] as const) {
    all.push(await measure(bench.measured(host.server), () => host.execute(type, ids, width)));
  }
  samples.add(name, together(all));
}

function rowsOf(samples: Samples, by: string): Row[] {
  const row = (workload: string, key: string, target = '', isInside = false): Row => ({
    workload,
    figure: perSecond(samples.of(key)),
    ratio: ofTheFloor(medianRatio(samples.rates(key), samples.rates('floor 32'))),
    target,
    samples: samples.of(key),
    isInside,
  });
  const alone = median(samples.of('inside 1').map(({ rate }) => 1000 / rate));
  return [
    floorRow(32, by, samples.of('floor 32')),
    row('commands in the process, 64 in flight', 'inside 64', '≥ 0.8', true),
    row('commands in the process, 256 in flight', 'inside 256', '≥ 1.0', true),
    {
      workload: '- while the trail is built',
      figure: perSecond(samples.of('with trail')),
      ratio: `${medianRatio(samples.rates('with trail'), samples.rates('inside 256')).toFixed(2)} of those without`,
      target: '≥ 0.98',
      samples: samples.of('with trail'),
      isInside: true,
    },
    row('commands over HTTP, 64 connections, one team', 'commands', '≥ 0.45'),
    row('- start', 'start'),
    row('- cancel', 'cancel'),
    row('- finalize', 'finalize'),
    row('submits over HTTP, 64 connections, 3-task workflow', 'submit', '≥ 0.25'),
    floorRow(1, by, samples.of('floor 1')),
    {
      workload: 'one command at a time, in the process, cached run',
      figure: `${alone.toFixed(2)} ms`,
      ratio: `${medianRatio(samples.rates('floor 1'), samples.rates('inside 1')).toFixed(1)} inserts long`,
      target: '≤ 3',
      samples: samples.of('inside 1'),
      isInside: true,
    },
  ];
}

runBench(async (bench) => {
  const floor = new Floor(bench);
  const server = await bench.startServer();
  const host = await InProcess.start(bench);
  const trailHost = await InProcess.start(bench, [], true);
  const client = bench.client(server.url, 64);
  const hostClient = bench.client(host.server.url, 64);
  const trailClient = bench.client(trailHost.server.url, 64);
  for (const each of [client, hostClient, trailClient]) await prepareTeam(each, [one, three]);
  const warming = new Samples();
  await overHttp(bench, server, client, warming);
  await inside(bench, host, hostClient, warming, 64);
  await inside(bench, trailHost, trailClient, warming, 64);
  const samples = new Samples();
  for (let round = 1; round <= rounds; round++) {
    await bench.settled();
    samples.add('floor 32', await floor.inserts(32));
    await overHttp(bench, server, client, samples);
    await bench.settled();
    for (const width of [64, 256]) await inside(bench, host, hostClient, samples, width);
    await bench.settled();
    await inside(bench, trailHost, trailClient, samples, 256, 'with trail');
    await bench.settled();
    samples.add('floor 1', await floor.inserts(1));
    await inside(bench, host, hostClient, samples, 1);
    console.log(`round ${round} of ${rounds} done`);
  }
  printReport(rowsOf(samples, floor.by));
});
