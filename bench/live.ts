import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { adminToken, type Client, count, printMachine, quantile, runBench, setting, tableOf } from './support';

/** How soon listeners hear of a commit: from the time that the ledger gives an event, before its commit, to its arrival in this process. */
const listeners = setting('BENCH_LISTENERS', 1000);
const seconds = setting('BENCH_SECONDS', 20);
const warmUp = 4;

const asking = {
  name: 'asking',
  tasks: [
    { name: 'start', type: 'start' },
    { name: 'ask', type: 'approval', dependencies: [{ taskRef: 'start' }] },
    { name: 'end', type: 'end', dependencies: [{ taskRef: 'ask', executionCondition: 'success' }] },
  ],
};

interface Workload {
  readonly name: string;
  readonly teams: number;
  /** Events that are committed in a second. */
  readonly rate: number;
}

const workloads: readonly Workload[] = [
  { name: '50 teams, 1,000 events/s', teams: 50, rate: 1000 },
  { name: 'one team, 100 events/s: everybody hears of everything', teams: 1, rate: 100 },
];

/** Hears of events, and remembers how old they were when they came. */
class Listener {
  private rest = '';

  private constructor(private readonly ages: number[]) {}

  static async open(url: string, ages: number[]): Promise<IncomingMessage> {
    const listener = new Listener(ages);
    const headers = { accept: 'text/event-stream', authorization: `Bearer ${adminToken}` };
    return new Promise((resolve, reject) => {
      const request = get(url, { headers, agent: false }, (answer) => {
        if (answer.statusCode !== 200) reject(new Error(`${url}: ${answer.statusCode}`));
        answer.setEncoding('latin1');
        answer.on('data', (text: string) => {
          listener.read(text, Date.now());
          if (text.includes('event: ready')) resolve(answer);
        });
      });
      request.on('error', reject);
    });
  }

  /** Only the times: the load generator must not be what limits the figure. */
  private read(text: string, now: number): void {
    const all = this.rest + text;
    let from = 0;
    for (let at = all.indexOf('"time":"'); at >= 0 && at + 37 <= all.length; at = all.indexOf('"time":"', from)) {
      this.ages.push(now - timeOf(all.slice(at + 8, at + 37)));
      from = at + 37;
    }
    this.rest = all.slice(Math.max(from, all.length - 45));
  }
}

const times = new Map<string, number>();

function timeOf(text: string): number {
  let time = times.get(text);
  if (time === undefined) {
    time = Date.parse(text);
    if (times.size > 10_000) times.clear();
    times.set(text, time);
  }
  return time;
}

/** Submits runs of all teams in turn, evenly, until the time is over. */
async function submitEvenly(
  client: Client,
  requests: readonly Buffer[],
  perSecond: number,
  seconds: number,
): Promise<number> {
  const began = performance.now();
  const under: Promise<unknown>[] = [];
  let sent = 0;
  for (let now = 0; now < seconds * 1000; now = performance.now() - began) {
    for (; sent < (now / 1000) * perSecond; sent++) {
      const request = requests[sent % requests.length];
      if (request) under.push(client.send(request));
    }
    await sleep(5);
  }
  await Promise.all(under);
  return sent;
}

runBench(async (bench) => {
  const server = await bench.startServer();
  const client = bench.client(server.url, 64);
  const pool = bench.pool();
  const head = async () =>
    Number((await pool.query<{ position: string }>('select position from ledger_head')).rows[0]?.position);
  for (let place = 0; place < 50; place++) {
    await client.call('POST', '/api/v2/team', { name: `t${place}`, quotas: { maxConcurrentRuns: 10_000_000 } });
    await client.call('PUT', `/api/v2/team/t${place}/workflow`, asking);
  }
  const submitTo = (place: number) =>
    client.prepare('POST', `/api/v2/team/t${place}/workflow/asking/submit?start=true`, {});
  const before = await head();
  for (let round = 0; round < 20; round++) await client.send(submitTo(round % 50));
  await sleep(1000);
  const eventsOfRun = ((await head()) - before) / 20;
  const lines: string[][] = [];
  for (const { name, teams, rate } of workloads) {
    const ages: number[] = [];
    const open = await Promise.all(
      Array.from({ length: listeners }, (_, place) =>
        Listener.open(`${server.url}/api/v2/team/t${place % teams}/workflowrun/events`, ages),
      ),
    );
    await sleep(1000);
    const requests = Array.from({ length: teams }, (_, place) => submitTo(place));
    // The first second of a server is slower than the rest of its life: Node compiles what is used often.
    await submitEvenly(client, requests, rate / eventsOfRun, warmUp);
    await sleep(1000);
    ages.splice(0);
    const from = await head();
    const cpu = process.cpuUsage();
    const began = performance.now();
    await submitEvenly(client, requests, rate / eventsOfRun, seconds);
    const took = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    await sleep(2000);
    const events = (await head()) - from;
    const expected = events * (listeners / teams);
    for (const answer of open) answer.destroy();
    lines.push([
      name,
      `${count(events / took)}/s`,
      `${count(ages.length / took)}/s`,
      count(expected - ages.length),
      ...[0.5, 0.95, 0.99, 1].map((share) => `${quantile(ages, share)} ms`),
      `${Math.round((user + system) / took / 10_000)} %`,
    ]);
    await sleep(1000);
  }
  printMachine();
  const columns = ['events', 'messages', 'missing', 'p50', 'p95', 'p99', 'longest', 'load'];
  console.log(`\n${tableOf([`${count(listeners)} listeners`, ...columns], lines)}\n`);
});
