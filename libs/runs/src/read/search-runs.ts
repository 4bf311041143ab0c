import type { ReachInTeam } from '#libs/contracts';
import { type RunPhase, type RunStatus, runStatuses } from '#libs/kernel';
import type { Pool } from 'pg';
import { countFixed, countSelected } from './count-runs';
import { idsByLabel, isLabelNarrower } from './label-ids';
import type { OnCommonLabels } from './label-look';
import { loadRunSummaries } from './load-run-summaries';
import type { RunCount } from './run-count';
import { asksForStatus, isCountable, runConditions, type RunFilters, statusConditions } from './run-filters';
import { type RunSelection, selectRuns } from './run-selection';
import type { RunSummary } from './run-summary';
import type { Window } from './run-window';
import { groupsOf, inOrder, partsOfPage, totalOf, type WorkflowKeys } from './sorted-runs';

export interface RunPageRequest {
  /** From 0. */
  readonly page: number;
  readonly limit: number;
  readonly order: 'ASC' | 'DESC';
  readonly sort: (typeof runColumns)[number];
}

/** Sort keys of lists of runs. */
export const runColumns = ['creationDate', 'workflowName', 'displayName', 'status'] as const;

/** A run in one of these phases may still change its status, from and to one of these. */
const openPhases: ReadonlySet<string> = new Set(['pending', 'queued', 'running'] satisfies RunPhase[]);
const openStatuses: readonly RunStatus[] = ['notstarted', 'ready', 'running', 'waiting'];

export interface RunPage {
  readonly runs: readonly RunSummary[];
  /** Exact number of runs that match. */
  readonly total: number;
}

export interface SearchOptions {
  /** What runs of workflows are sorted by; absent: by the ids of the workflows. */
  readonly keysOf?: WorkflowKeys;
  readonly onCommon?: OnCommonLabels;
}

/** One page of a search, without tasks. Finds ids by index first, and reads only the page's own rows in full. */
export async function searchRuns(
  pool: Pool,
  reach: ReachInTeam,
  filters: RunFilters,
  request: RunPageRequest,
  { keysOf, onCommon }: SearchOptions = {},
): Promise<RunPage> {
  const selection = await selectRuns(pool, reach, filters, onCommon);
  if (request.sort !== 'creationDate') return sortedPage(selection, request, request.sort, keysOf);
  const counts = await countsOf(selection);
  const ids = await idsAt(selection, counts, request, request.page * request.limit);
  return { runs: await loadRunSummaries(pool, ids), total: totalOf(counts) };
}

/** Sorted by status, or by what workflows are called: there are few of them, so their counts tell in which of them the page lies. */
async function sortedPage(
  selection: RunSelection,
  request: RunPageRequest,
  sort: Exclude<RunPageRequest['sort'], 'creationDate'>,
  keysOf?: WorkflowKeys,
): Promise<RunPage> {
  const { page, limit, order } = request;
  const counted = await countSelected(selection, sort === 'status' ? 'day' : 'workflow');
  const groups = await groupsOf(counted, keysOf);
  if (order === 'DESC') groups.reverse();
  const ids: string[] = [];
  for (const part of partsOfPage(groups, page * limit, limit)) {
    const chosen = sort === 'status' ? { statuses: part.values } : { workflows: part.values };
    const own = { ...selection, filters: { ...selection.filters, ...chosen } };
    ids.push(...(await idsAt(own, await countSelected(own, 'day'), { limit: part.limit, order }, part.offset)));
  }
  return { runs: inOrder(await loadRunSummaries(selection.pool, ids), groups, request), total: totalOf(groups) };
}

async function countsOf(selection: RunSelection): Promise<RunCount[]> {
  const { filters } = selection;
  const needsStatus = asksForStatus(filters);
  if (isCountable(filters) || needsStatus) return countSelected(selection, 'day', needsStatus);
  return [{ from: -Infinity, to: Infinity, workflow: null, status: 'any', runs: await countFixed(selection) }];
}

async function idsAt(
  selection: RunSelection,
  counts: readonly RunCount[],
  request: Pick<RunPageRequest, 'limit' | 'order'>,
  offset: number,
): Promise<string[]> {
  const total = totalOf(counts);
  if (offset >= total) return [];
  return idsInWindow(selection, request, windowOf(selection.filters, counts, total, request, offset));
}

/**
 * Reads only the days in which the page lies, as the counters tell, and from the nearer end, so that little is skipped or looked at in
 * vain.
 */
function windowOf(
  filters: RunFilters,
  counts: readonly RunCount[],
  total: number,
  request: Pick<RunPageRequest, 'limit' | 'order'>,
  offset: number,
): Window {
  const limit = Math.min(request.limit, total - offset);
  const begin = request.order === 'ASC' ? offset : total - offset - limit;
  const sums = new Map<number, number>();
  for (const { from, runs } of counts) sums.set(from, (sums.get(from) ?? 0) + runs);
  let before = 0;
  let inside = 0;
  const read = new Set<number>();
  for (const [from, runs] of [...sums].sort(([a], [b]) => a - b)) {
    if (before + inside >= begin + limit) break;
    if (inside === 0 && before + runs <= begin) before += runs;
    else {
      inside += runs;
      read.add(from);
    }
  }
  const days = counts.filter(({ from }) => read.has(from));
  const { statuses: _statuses, ...others } = filters;
  const fromDate = Math.max(filters.fromDate ?? -Infinity, Math.min(...days.map(({ from }) => from)));
  const toDate = Math.min(filters.toDate ?? Infinity, Math.max(...days.map(({ to }) => to)));
  const [first, last] = [begin - before, before + inside - begin - limit];
  return {
    filters: {
      ...others,
      ...(fromDate > -Infinity && { fromDate }),
      ...(toDate < Infinity && { toDate }),
    },
    ranges: rangesOf(days),
    statuses: asksForStatus(filters) ? statusesOf(filters, days) : null,
    offset: Math.min(first, last),
    readsUp: first <= last,
    limit,
  };
}

/** Those that touch become one. */
function rangesOf(days: readonly RunCount[]): Window['ranges'] {
  const ranges: { from: number; to: number }[] = [];
  for (const { from, to } of [...days].sort((a, b) => a.from - b.from)) {
    const last = ranges.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else ranges.push({ from, to });
  }
  return ranges;
}

/**
 * Those that are asked for. For phases alone, those that the counters name, and those that such a run may have taken on since: the status of
 * a run that has ended does not change any more.
 */
function statusesOf({ statuses, phases = [] }: RunFilters, days: readonly RunCount[]): readonly string[] {
  const open = phases.filter((phase) => openPhases.has(phase)).length;
  const all = open > 0 && open < phases.length ? runStatuses : openStatuses;
  return [...new Set(statuses ?? [...days.map(({ status }) => status), ...all])];
}

/** Reads upwards or downwards, whatever the window says; returns the requested order. */
async function idsInWindow(
  selection: RunSelection,
  { order }: Pick<RunPageRequest, 'order'>,
  window: Window,
): Promise<string[]> {
  const byLabel = await isLabelNarrower(selection, window);
  const ids = byLabel ? await idsByLabel(selection, window) : await idsByDate(selection, window);
  return window.readsUp === (order === 'ASC') ? ids : ids.reverse();
}

async function idsByDate({ pool, reach }: RunSelection, window: Window): Promise<string[]> {
  const { filters, statuses, readsUp } = window;
  const direction = readsUp ? 'asc' : 'desc';
  const order = `order by creation_date ${direction}, id ${direction}`;
  const conditions = statuses ? statusConditions(reach, filters) : runConditions(reach, filters);
  // The index has the order of creation within one status: several are merged.
  const tables = statuses?.map((each) => `run_status where status = ${conditions.value(each)} and`) ?? [
    'workflow_run where',
  ];
  const enough = conditions.value(window.offset + window.limit);
  const found = tables.map(
    (table) => `(select creation_date, id from ${table} ${conditions.sql} ${order} limit ${enough})`,
  );
  const limit = conditions.value(window.limit);
  const offset = conditions.value(window.offset);
  const { rows } = await pool.query<{ id: string }>(
    `select id from (${found.join(' union all ')}) as found ${order} limit ${limit} offset ${offset}`,
    conditions.values,
  );
  return rows.map((row) => row.id);
}
