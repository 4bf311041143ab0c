import { globalParametersCategory, teamCategory, tokenCategory } from '#libs/access';
import { archiveCategory } from '#libs/archive';
import { attemptsCategory } from '#libs/audit';
import { catalogueCategory } from '#libs/catalogue';
import { inTransaction } from '#libs/database';
import { canonicalJson, type DomainEvent, fold } from '#libs/kernel';
import { lockCategory } from '#libs/locks';
import { ArchivedPositions, readAll, type RecordedEvent, type StreamCategory, verifyChain } from '#libs/ledger';
import { createRunCategory, type WorkflowRunState } from '#libs/runs';
import { SecretBox } from '#libs/secrets';
import { scheduleCategory } from '#libs/triggers';
import { workflowCategory } from '#libs/workflows';
import type { Pool, PoolClient } from 'pg';
import { eventCatalogue } from '../src/event-catalogue';
import { expectFitting } from './event-checks';
import { secretKey } from './harness';

type AnyCategory = StreamCategory<unknown, unknown, DomainEvent>;
type Rows = readonly Readonly<Record<string, unknown>>[];

const runCategory = createRunCategory(60, new SecretBox({ current: secretKey }));

/** Categories of streams by the type of their first event. */
const categories: readonly (readonly [RegExp, AnyCategory])[] = [
  [/^WorkflowRunSubmitted$/, runCategory],
  [/^Team/, teamCategory],
  [/^Token/, tokenCategory],
  [/^GlobalParameter/, globalParametersCategory],
  [/^Workflow(?!Run)/, workflowCategory],
  [/^CatalogueTask/, catalogueCategory],
  [/^Schedule/, scheduleCategory],
  [/^Lock/, lockCategory],
  [/^(Attempt|Trail)/, attemptsCategory],
  [/^RunsArchived$/, archiveCategory],
];

/** Views that hold the whole state of a stream, with the columns that repeat parts of it for lists. */
const stateTables = {
  team: ['name', 'status', 'labels'],
  token: ['sha256', 'type', 'principal', 'name', 'revoked'],
  global_parameters: [],
  workflow: ['team_id', 'name', 'status', 'deleted', 'labels'],
  catalogue_task: ['team_id', 'name', 'status', 'deleted', 'labels'],
  schedule: ['team_id', 'workflow_id', 'type', 'status'],
  team_lock: ['team_id', 'key'],
  ledger_archive: ['team_id'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** These timers follow from the state. The others are due at once, and disappear when they have fired. */
const timersOfState: ReadonlySet<string> = new Set(['run-timeout', 'task-timeout', 'task-wake', 'schedule']);

/**
 * Checks the ledger: positions without gaps, the chain intact, every event as the catalogue describes it, every view equal
 * to the fold of the events. Appends may continue meanwhile. `tampered`: streams with rows that the test has changed.
 */
export async function expectLedgerWhole(pool: Pool, tampered: readonly string[] = []): Promise<void> {
  await inTransaction(
    pool,
    (client) => expectWholeIn(client, tampered),
    'begin isolation level repeatable read read only',
  );
}

async function expectWholeIn(pool: PoolClient, tampered: readonly string[]): Promise<void> {
  const all = await readAll(pool, 0, 1_000_000);
  const archived = await ArchivedPositions.read(pool);
  const last = all.at(-1)?.position ?? 0;
  const there = new Set(all.map(({ position }) => position));
  const missing = Array.from({ length: last }, (_, index) => index + 1).filter((position) => !there.has(position));
  expect(missing.filter((position) => !archived.has(position))).toEqual([]);
  const gone = last - all.length;
  expect(await verifyChain(pool)).toMatchObject({ intact: true, position: last, ...(gone > 0 && { archived: gone }) });
  // Events of archived runs may still be there, for a while: no view has them.
  const events = all.filter(({ position }) => !archived.has(position));
  await expectPlans(pool);
  await expectTrail(pool, events);
  expectFitting(events.map((event) => eventCatalogue.problemOfStored(event)));
  const folded = (await foldAll(pool, events)).filter(({ id }) => !tampered.includes(id));
  const runs = folded.filter(({ category }) => category.name === runCategory.name);
  const loaded = await runCategory.load(
    pool,
    runs.map(({ id }) => id),
  );
  for (const { id, state } of runs) expect(canonicalJson(loaded.get(id)?.state)).toBe(canonicalJson(state));
  await expectStates(pool, folded);
  await expectRows(pool, viewsOf(folded), tampered);
  await expectTimers(pool, folded, tampered);
  await expectCounters(
    pool,
    runs.map(({ state }) => state as WorkflowRunState),
  );
}

interface Folded {
  readonly id: string;
  readonly category: AnyCategory;
  readonly state: unknown;
  readonly events: readonly DomainEvent[];
  /** The same events, grouped by command. */
  readonly commands: readonly (readonly DomainEvent[])[];
}

async function foldAll(pool: PoolClient, events: readonly RecordedEvent[]): Promise<Folded[]> {
  const opened = await runCategory.stored.open(pool, events, []);
  const streams = new Map<string, RecordedEvent[]>();
  for (const recorded of events) {
    const stream = streams.get(recorded.streamId) ?? [];
    streams.set(recorded.streamId, stream);
    const whole = opened.event(recorded);
    if (!whole) throw new Error('The plans are too large to be read at once');
    const event = { ...recorded, data: whole.data };
    stream.push(event);
  }
  return [...streams].map(([id, own]) => {
    const category = categories.find(([first]) => first.test(own[0]?.type ?? ''))?.[1];
    if (!category) throw new Error(`Nobody knows streams that begin with ${own[0]?.type}`);
    const upcast = own.map((event) => category.upcasters?.apply(event) ?? event);
    expectFitting(upcast.map((event) => eventCatalogue.problemOf(event)));
    const commands = new Map<string, DomainEvent[]>();
    for (const [index, event] of upcast.entries()) {
      const commandId = own[index]?.metadata.commandId ?? '';
      const command = commands.get(commandId) ?? [];
      commands.set(commandId, command);
      command.push(event);
    }
    return {
      id,
      category,
      state: fold(category.decider, null, upcast),
      events: upcast,
      commands: [...commands.values()],
    };
  });
}

/** Each plan has the hash that it is kept by, and each run's plan is there. */
async function expectPlans(pool: PoolClient): Promise<void> {
  const wrong = await pool.query(`select hash from plan where hash <> sha256(convert_to(body, 'UTF8'))`);
  expect(wrong.rows).toEqual([]);
  const missing = await pool.query(
    `select e.stream_id from event e where e.type = 'WorkflowRunSubmitted' and (e.schema_version <> 2
        or not exists (select 1 from plan p where encode(p.hash, 'hex') = e.data::jsonb ->> 'plan'))`,
  );
  expect(missing.rows).toEqual([]);
}

/** The index of the trail has each change, up to where it is written. */
async function expectTrail(pool: PoolClient, events: readonly RecordedEvent[]): Promise<void> {
  const { rows } = await pool.query<{ position: string; team: string | null; reason: boolean; refused: boolean }>(
    `select position, team_id as team, has_reason as reason, is_refused as refused from audit_entry order by position`,
  );
  const read = await pool.query<{ position: string }>(`select position from subscription where name = 'audit'`);
  const upTo = Number(read.rows[0]?.position ?? 0);
  const wanted = events
    .filter(({ isFirst, position }) => isFirst && position <= upTo)
    .map(({ position, type, metadata }) => ({
      position: String(position),
      team: metadata.teamId ?? null,
      reason: metadata.reason !== undefined,
      refused: type.startsWith('Attempt'),
    }));
  expect(rows).toEqual(wanted);
}

/** The rows from projecting each whole stream, by the function that writes them. */
function viewsOf(folded: readonly Folded[]): Map<string, Rows> {
  const views = new Map<string, Rows>();
  for (const { id, category, state, events } of folded) {
    const change = { streamId: id, before: null, after: state, version: events.length, events };
    for (const { sqlFunction, rows } of category.project([change])) {
      views.set(sqlFunction, [...(views.get(sqlFunction) ?? []), ...(rows as Rows)]);
    }
  }
  return views;
}

async function expectStates(pool: PoolClient, folded: readonly Folded[]): Promise<void> {
  const byId = new Map(folded.map((each) => [each.id, each]));
  const withoutTable = [runCategory.name, attemptsCategory.name];
  const left = new Set(folded.filter(({ category }) => !withoutTable.includes(category.name)).map(({ id }) => id));
  for (const table of Object.keys(stateTables)) {
    const { rows } = await pool.query<{ id: string; version: number; state: unknown }>(
      `select id, version, state from ${table}`,
    );
    for (const { id, version, state } of rows) {
      expect([table, id, canonicalJson(state)]).toEqual([table, id, canonicalJson(byId.get(id)?.state)]);
      expect([table, id, version]).toEqual([table, id, byId.get(id)?.events.length]);
      left.delete(id);
    }
  }
  expect([...left].map((id) => [id, byId.get(id)?.events[0]?.type])).toEqual([]);
}

/** The columns for lists, the other rows of runs, the queue, actions. */
async function expectRows(
  pool: PoolClient,
  views: ReadonlyMap<string, Rows>,
  tampered: readonly string[],
): Promise<void> {
  const stored = async (sql: string): Promise<string[]> =>
    (await pool.query<{ row: unknown }>(`select to_jsonb(r) as row from (${sql}) as r`)).rows
      .filter(({ row }) => !tampered.includes((row as { id: string }).id))
      .map(({ row }) => canonicalJson(row))
      .sort();
  const wanted = (name: string, fields: readonly string[]): string[] =>
    (views.get(name) ?? [])
      .filter(({ state }) => state !== null)
      .map((row) => canonicalJson(Object.fromEntries(fields.map((field) => [field, row[field] ?? null]))))
      .sort();
  for (const [table, columns] of Object.entries(stateTables)) {
    const fields = ['id', ...columns];
    expectSame(await stored(`select ${fields.join()} from ${table}`), wanted(`${table}_apply`, fields));
  }
  // A submit writes the rows of both tables.
  const fixed = ['id', 'team_id', 'workflow_id', 'trigger', 'created'];
  for (const [table, own] of [
    ['workflow_run', ['labels', 'fixed']],
    ['run_status', ['status', 'phase', 'changing']],
  ] as const) {
    const fields = [...fixed, ...own];
    const created = '(extract(epoch from creation_date) * 1000)::bigint as created';
    expectSame(
      await stored(`select ${fields.join()} from (select *, ${created} from ${table}) as t`),
      wanted('workflow_run_add', fields),
    );
  }
  const action = ['id', 'run_id', 'task_run_id', 'team_id', 'workflow_id', 'type', 'status', 'state'];
  expectSame(await stored(`select ${action.join()} from action`), wanted('action_apply', action));
  // An item to stop goes away when its agent acknowledges it, which is no event.
  const item = ['id', 'run_id', 'kind', 'team_id', 'task_type', 'state', 'agent_id', 'fence', 'started'];
  const queue = await stored(`select ${item.join()} from agent_queue where state <> 'stopping'`);
  expectSame(
    queue,
    wanted('agent_queue_apply', item).filter((row) => !row.includes('"state":"stopping"')),
  );
}

interface TimerRow {
  readonly stream_id: string;
  readonly kind: string;
  readonly item_id: string;
  /** Milliseconds since the epoch. */
  readonly due: number | null;
}

/** The timers that the events set, command by command, and did not remove. */
function timersOf({ id, category, commands }: Folded): TimerRow[] {
  const timers = new Map<string, TimerRow>();
  let state: unknown = null;
  let version = 0;
  for (const events of commands) {
    const before = state;
    state = fold(category.decider, before, events);
    version += events.length;
    const updates = category.project([{ streamId: id, before, after: state, version, events }]);
    for (const row of updates.flatMap(({ sqlFunction, rows }) => (sqlFunction === 'timer_apply' ? rows : []))) {
      const timer = row as TimerRow;
      timers.set(`${timer.kind} ${timer.item_id}`, timer);
    }
  }
  return [...timers.values()].filter(({ due }) => due !== null);
}

/**
 * Every stored timer was set by an event, and no timer with a future time is missing. Commands of one commit set their immediate timers to the
 * time of the last command, so only the kind of those is compared.
 */
async function expectTimers(pool: PoolClient, folded: readonly Folded[], tampered: readonly string[]): Promise<void> {
  const { rows } = await pool.query<TimerRow>(
    `select stream_id, kind, item_id, (extract(epoch from due_at) * 1000)::float8 as due from timer`,
  );
  const textOf = ({ stream_id, kind, item_id, due }: TimerRow): string =>
    timersOfState.has(kind) ? `${kind} ${stream_id} ${item_id} ${String(due)}` : `${kind} ${stream_id}`;
  const set = folded.flatMap(timersOf);
  const [known, stored] = [new Set(set.map(textOf)), new Set(rows.map(textOf))];
  const clock = await pool.query<{ now: number }>('select (extract(epoch from now()) * 1000)::float8 as now');
  const now = clock.rows[0]?.now ?? 0;
  const isToCome = ({ kind, due }: TimerRow): boolean => timersOfState.has(kind) && due !== null && due > now;
  const differences = {
    stored: rows
      .filter(({ stream_id }) => !tampered.includes(stream_id))
      .map(textOf)
      .filter((text) => !known.has(text)),
    wanted: set
      .filter(isToCome)
      .map(textOf)
      .filter((text) => !stored.has(text)),
  };
  expect(differences).toEqual({ stored: [], wanted: [] });
}

/** Shows only the differences. */
function expectSame(stored: readonly string[], wanted: readonly string[]): void {
  const [has, wants] = [new Set(stored), new Set(wanted)];
  const differences = {
    stored: stored.filter((row) => !wants.has(row)).slice(0, 3),
    wanted: wanted.filter((row) => !has.has(row)).slice(0, 3),
  };
  expect(differences).toEqual({ stored: [], wanted: [] });
  expect(stored.length).toBe(wanted.length);
}

async function expectCounters(pool: PoolClient, runs: readonly WorkflowRunState[]): Promise<void> {
  const tally = (keys: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return [...counts].map(([key, count]) => `${key} ${count}`).sort();
  };
  const counted = await pool.query<{ key: string }>(
    `select concat_ws(' ', team_id, workflow_id, day, status, phase, trigger, runs) as key from run_count where runs <> 0`,
  );
  const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
  const keyOf = ({ teamId, workflow, creationDate, status, phase, trigger }: WorkflowRunState) =>
    [teamId, workflow.id, dayOf(creationDate), status, phase, trigger].join(' ');
  expect(counted.rows.map(({ key }) => key).sort()).toEqual(tally(runs.map(keyOf)));
  const live = await pool.query<{ key: string }>(
    `select concat_ws(' ', team_id, live) as key from team_load where live <> 0`,
  );
  const isLive = ({ phase }: WorkflowRunState) => phase !== 'completed' && phase !== 'finalized';
  expect(live.rows.map(({ key }) => key).sort()).toEqual(tally(runs.filter(isLive).map(({ teamId }) => teamId)));
}
