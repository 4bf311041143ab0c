import 'reflect-metadata';
import { createLogger } from '#libs/observability';
import {
  isCounted,
  lookedAtBy,
  type RunQuery,
  runQueries,
  seedFollowers,
  seedRuns,
  StatementRecorder,
} from '#libs/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { createServer, type Server } from '../apps/server/src/create-server';
import {
  adminToken,
  type Bench,
  Client,
  count,
  median,
  printMachine,
  quantile,
  runBench,
  setting,
  startServer,
  stopServer,
  tableOf,
} from './support';

/*
 * Search pages and counts over HTTP, one at a time, on 100,000 runs and on ten and a hundred times as many, up to BENCH_RUNS (default
 * 1,000,000), of 50 teams: those of the largest team. Every documented filter alone and in pairs, both orders, first, middle and last page,
 * by number and by cursor. The sizes are measured in turns. BENCH_ALL=1 measures every page in both orders, and prints every
 * line. BENCH_WITHOUT names parameters that are left out, such as labels,sort. BENCH_FOLDER names a folder that keeps the databases: filling one
 * with 10,000,000 runs takes longer than measuring. BENCH_FILL=1 fills them and measures nothing.
 */
const most = setting('BENCH_RUNS', 1_000_000);
const sizes = [100_000, 1_000_000, 10_000_000].filter((size) => size <= Math.max(most, 100_000));
const teams = 50;
const repeats = 20;
/** Milliseconds after which a case is not repeated more than five times. */
const enough = 300;
const limit = 20;
const printsAll = process.env['BENCH_ALL'] === '1';
const without = (process.env['BENCH_WITHOUT'] ?? '').split(',');
const kept = process.env['BENCH_FOLDER'] || undefined;
const onlyFills = process.env['BENCH_FILL'] === '1';

/** One database of a size, with a server in a process of its own, which is measured, and one in this process, whose statements are explained. */
interface Stand {
  readonly size: number;
  readonly client: Client;
  readonly inside: Server;
  readonly pool: Pool;
  /** The name of the largest team. */
  readonly team: string;
  /** The creation of the last run: milliseconds since the epoch. */
  readonly until: number;
  readonly queries: readonly RunQuery[];
  /** By path. */
  readonly pages: Map<string, Page>;
}

/** A request, made for each size. Null: this size has no such page. */
interface Case {
  readonly kind: string;
  readonly name: string;
  readonly pathOf: (stand: Stand) => Promise<string | null>;
}

interface Figures {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Rows looked at, of runs and of counters. */
  readonly rows: number;
  readonly counters: number;
  readonly scans: readonly string[];
}

interface Line {
  readonly case: Case;
  readonly figures: readonly (Figures | null)[];
}

/** Beside searches and counts by filters. */
const others: readonly (readonly [string, string, (stand: Stand) => string])[] = [
  ['insights', '14 days', () => 'insights'],
  ['insights', '24 hours', () => 'insights?period=hour'],
  ['insights', 'a year by week', ({ until }) => `insights?period=week&fromDate=${until - 364 * 86_400_000}`],
  ['search by text', 'a word of all', () => 'search?q=nightly'],
  ['search by text', 'one in ten thousand', () => 'search?q=w77'],
  ['search by text', 'words of a tenth and of one in ten thousand', () => 'search?q=exit+w77'],
  ['search by text', 'no run', () => 'search?q=absent'],
];

const teamName = (rank: number): string => `team-${rank}`;

/** The database with so many runs: made, unless a folder has kept it. */
async function filled(bench: Bench, size: number): Promise<string> {
  const name = `runs_${size}`;
  if (await bench.hasDatabase(name)) return bench.databaseUrl(name);
  const half = `${name}_half`;
  await bench.dropDatabase(half);
  const url = await bench.createDatabase(half);
  const server = await startServer(url, { logFile: bench.logFile });
  const client = new Client(server.url, 1);
  const ids: string[] = [];
  for (let rank = 1; rank <= teams; rank++) {
    const made = await client.call('POST', '/api/v2/team', { name: teamName(rank) });
    ids.push((JSON.parse(made) as { id: string }).id);
  }
  client.close();
  await stopServer(server.child);
  const pool = new Pool({ connectionString: url, max: 1 });
  const begin = performance.now();
  await seedRuns(pool, { teams: ids, runs: size, workflowsOfTeam: 20, until: Date.now() });
  await seedFollowers(pool, ids);
  await pool.end();
  await bench.renameDatabase(half, name);
  console.log(`${count(size)} runs were made in ${count((performance.now() - begin) / 1000)} s`);
  return bench.databaseUrl(name);
}

async function open(bench: Bench, size: number): Promise<Stand> {
  const url = await filled(bench, size);
  const server = bench.running(await startServer(url, { logFile: bench.logFile }));
  const inside = await createServer({
    databaseUrl: url,
    leaseSeconds: 60,
    roles: ['api'],
    adminToken,
    secretKeys: { current: Buffer.alloc(32), previous: [] },
    logger: createLogger('silent'),
  });
  bench.atEnd(() => inside.close());
  const pool = new Pool({ connectionString: url, max: 1 });
  bench.atEnd(() => pool.end());
  const { rows } = await pool.query<{ id: string; team: string; created: Date }>(
    `select r.id, t.id as team, r.creation_date as created from workflow_run r join team t on t.id = r.team_id
      where t.name = $1 order by r.creation_date desc limit 100`,
    [teamName(1)],
  );
  const newest = rows[0];
  if (!newest) throw new Error(`The database ${url} holds no runs of ${teamName(1)}: delete it.`);
  const until = newest.created.getTime();
  const runs = rows.map(({ id }) => id).filter((_, index) => index % 20 === 0);
  return {
    size,
    client: bench.client(server.url, 1),
    inside,
    pool,
    team: teamName(1),
    until,
    queries: runQueries(newest.team, until, runs),
    pages: new Map(),
  };
}

/** Labels that many runs carry are counted in the background when somebody first asks for them: figures are of what comes then. */
async function countLabels(stand: Stand): Promise<void> {
  const begin = performance.now();
  const labelled = stand.queries.filter(({ parameters }) => parameters.includes('labels'));
  // The first answers may be refused: they have the runs themselves to look at.
  for (const query of labelled) await stand.client.call('GET', pathOf(stand, query, '')).catch(() => undefined);
  const wanted = `select from counted_labels where state in ('wanted', 'counting')`;
  while ((await stand.pool.query(wanted)).rowCount) await sleep(1000);
  console.log(`${count(stand.size)} runs: labels counted in ${count((performance.now() - begin) / 1000)} s`);
}

interface Page {
  readonly totalPages: number;
  readonly nextCursor?: string;
}

function pathOf(stand: Stand, query: RunQuery, more: string): string {
  return `/api/v2/team/${stand.team}/workflowrun/query?${[query.query, `limit=${limit}`, more].filter(Boolean).join('&')}`;
}

async function readPage(stand: Stand, path: string): Promise<Page> {
  const known = stand.pages.get(path);
  if (known) return known;
  const { totalPages, nextCursor } = JSON.parse(await stand.client.call('GET', path)) as Page;
  const page = { totalPages, ...(nextCursor !== undefined && { nextCursor }) };
  stand.pages.set(path, page);
  return page;
}

function casesOf(queries: readonly RunQuery[]): Case[] {
  const at = (stand: Stand, place: number): RunQuery => stand.queries[place] as RunQuery;
  const pages = (kind: string, place: number, name: string, sorting: string): Case[] => {
    const numbered = (pick: (last: number) => number) => async (stand: Stand) => {
      const { totalPages } = await readPage(stand, pathOf(stand, at(stand, place), sorting));
      const page = pick(totalPages - 1);
      return page < 0 ? null : pathOf(stand, at(stand, place), `${sorting}&page=${page}`);
    };
    return [
      { kind: `${kind}first page`, name, pathOf: numbered(() => 0) },
      { kind: `${kind}middle page`, name, pathOf: numbered((last) => Math.floor(last / 2)) },
      { kind: `${kind}last page`, name, pathOf: numbered((last) => last) },
      {
        kind: `${kind}cursor at the middle`,
        name,
        pathOf: async (stand) => {
          const middle = await numbered((last) => Math.floor(last / 2))(stand);
          const { nextCursor } = middle === null ? {} : await readPage(stand, middle);
          return nextCursor === undefined
            ? null
            : pathOf(stand, at(stand, place), `${sorting}&cursor=${encodeURIComponent(nextCursor)}`);
        },
      },
    ];
  };
  const beside = others.map(([kind, name, path]): Case => ({
    kind,
    name,
    pathOf: (stand) => Promise.resolve(`/api/v2/team/${stand.team}/${path(stand)}`),
  }));
  const filtered = queries.flatMap((query, place): Case[] => {
    const { name, parameters } = query;
    if (parameters.some((parameter) => without.includes(parameter))) return [];
    const both = ['ASC', 'DESC'].flatMap((order) => pages('', place, `${name}, ${order}`, `order=${order}`));
    // The first and last page in one order, the middle and the cursor in the other.
    const searches = printsAll ? both : both.filter((_, index) => [1, 3, 4, 6].includes(index));
    const sorted =
      without.includes('sort') || (parameters.length > 1 && !printsAll)
        ? []
        : pages('by workflowName: ', place, `${name}, DESC`, 'sort=workflowName&order=DESC');
    const counted: Case = {
      kind: 'count',
      name,
      pathOf: (stand) => Promise.resolve(`/api/v2/team/${stand.team}/workflowrun/count?${at(stand, place).query}`),
    };
    return [...searches, ...sorted, ...(isCounted(query) ? [counted] : [])];
  });
  return [...filtered, ...beside];
}

async function figuresOf(
  stand: Stand,
  { name, kind, pathOf }: Case,
  recorder: StatementRecorder,
): Promise<Figures | null> {
  try {
    const path = await pathOf(stand);
    return path === null ? null : await measure(stand, path, recorder);
  } catch (error) {
    console.log(`${count(stand.size)} runs, ${name}, ${kind}: ${String(error)}`);
    return { p50: Infinity, p95: Infinity, p99: Infinity, rows: 0, counters: 0, scans: [] };
  }
}

async function measure(stand: Stand, path: string, recorder: StatementRecorder): Promise<Figures> {
  const request = stand.client.prepare('GET', path);
  await stand.client.send(request);
  const times: number[] = [];
  const began = performance.now();
  while (times.length < repeats && (times.length < 5 || performance.now() - began < enough)) {
    const begin = performance.now();
    await stand.client.send(request);
    times.push(performance.now() - begin);
  }
  const statements = await recorder.during(() =>
    stand.inside.app.inject({ method: 'GET', url: path, headers: { authorization: `Bearer ${adminToken}` } }),
  );
  const scans: string[] = [];
  let [rows, counters] = [0, 0];
  for (const statement of statements.filter(({ text }) =>
    /\brun_(status|outcome|text|(day_|length_|label_)?count)\b|\bworkflow_run\b/.test(text),
  )) {
    const looked = await lookedAtBy(stand.pool, statement);
    scans.push(...looked.scanned);
    for (const [table, number] of Object.entries(looked.rows)) {
      if (/^run_(day_|length_|label_)?count/.test(table)) counters += number;
      else rows += number;
    }
  }
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(times, share)) as [number, number, number];
  return { p50, p95, p99, rows, counters, scans };
}

const head = [
  '',
  ...sizes.map((size) => `${count(size)}: p50, p95, p99 ms`),
  'p95, largest to smallest',
  'rows looked at',
  'counters',
];
const last = sizes.length - 1;

function cellsOf({ case: { kind, name }, figures }: Line): string[] {
  return [
    kind === 'count' ? `count: ${name}` : `${name}, ${kind}`,
    ...figures.map((each) => (each ? [each.p50, each.p95, each.p99].map((ms) => ms.toFixed(1)).join(', ') : '')),
    ratioOf(figures).toFixed(2),
    figures.map((each) => (each ? count(each.rows) + (each.scans.length > 0 ? ' (scan)' : '') : '')).join(' → '),
    figures.map((each) => (each ? count(each.counters) : '')).join(' → '),
  ];
}

function ratioOf(figures: Line['figures']): number {
  return (figures[last]?.p95 ?? NaN) / (figures[0]?.p95 ?? NaN);
}

function worst(lines: readonly Line[], many: number, by: (line: Line) => number): string[][] {
  return [...lines]
    .filter((line) => Number.isFinite(by(line)))
    .sort((a, b) => by(b) - by(a))
    .slice(0, many)
    .map(cellsOf);
}

function print(lines: readonly Line[]): void {
  printMachine();
  const kinds = [...new Set(lines.map((line) => line.case.kind))];
  const summary = kinds.map((kind) => {
    const own = lines.filter((line) => line.case.kind === kind);
    const p95s = sizes.map((_, index) => own.flatMap(({ figures }) => figures[index]?.p95 ?? []));
    const ratios = own.map(({ figures }) => ratioOf(figures)).filter(Number.isFinite);
    return [
      kind,
      String(own.length),
      ...p95s.map((all) => [median(all), quantile(all, 0.95), Math.max(...all)].map((ms) => ms.toFixed(1)).join(', ')),
      [median(ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2)).join(', '),
      String(own.filter(({ figures }) => figures.some((each) => (each?.scans.length ?? 0) > 0)).length),
    ];
  });
  const columns = sizes.map((size) => `${count(size)}: p95 ms, of the median case, of 95 % of the cases, of the worst`);
  console.log(`\n${tableOf(['', 'cases', ...columns, 'ratio of p95: median, worst', 'with a scan'], summary)}`);
  if (printsAll) console.log(`\n${tableOf(head, lines.map(cellsOf))}`);
  else {
    console.log(
      `\nThe slowest:\n${tableOf(
        head,
        worst(lines, 25, ({ figures }) => figures[last]?.p95 ?? NaN),
      )}`,
    );
    console.log(
      `\nThe most rows:\n${tableOf(
        head,
        worst(lines, 15, ({ figures }) => figures[last]?.rows ?? NaN),
      )}`,
    );
    const counts = lines.filter((line) => line.case.kind === 'count' && !line.case.name.includes(' '));
    console.log(`\n${tableOf(head, counts.map(cellsOf))}`);
  }
}

runBench(async (bench) => {
  const recorder = StatementRecorder.install();
  if (onlyFills) for (const size of sizes) await filled(bench, size);
  if (onlyFills) return;
  const stands: Stand[] = [];
  for (const size of sizes) stands.push(await open(bench, size));
  if (!without.includes('labels')) for (const stand of stands) await countLabels(stand);
  const lines: Line[] = [];
  const cases = casesOf(stands[0]?.queries ?? []);
  for (const [done, each] of cases.entries()) {
    const figures: (Figures | null)[] = [];
    for (const stand of stands) {
      figures.push(await figuresOf(stand, each, recorder));
    }
    lines.push({ case: each, figures });
    if (done % 100 === 99) console.log(`${done + 1} of ${cases.length} cases`);
  }
  print(lines);
}, kept);
