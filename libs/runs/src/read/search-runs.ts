import type { ReachInTeam } from '#libs/contracts';
import { type ListPlace, type RunPhase, type RunStatus, runStatuses } from '#libs/kernel';
import type { Pool } from 'pg';
import { countFixed, countSelected } from './count-runs';
import type { OnCommonLabels } from './label-look';
import { isLabelNarrower, placesByLabel } from './label-places';
import { loadRunSummaries } from './load-run-summaries';
import { joined, placesByDate, type Window } from './places-in-window';
import type { RunCount } from './run-count';
import { asksForStatus, isCountable, type RunFilters } from './run-filters';
import { type RunSelection, selectRuns } from './run-selection';
import type { RunSummary } from './run-summary';
import { groupsOf, inOrder, keyOf, partsOfPage, totalOf, type WorkflowKeys } from './sorted-runs';
import { windowBehind } from './window-behind';

export interface RunPageRequest {
  /** From 0. */
  readonly page: number;
  readonly limit: number;
  readonly order: 'ASC' | 'DESC';
  readonly sort: (typeof runColumns)[number];
  /** The page behind this place; `page` then has no effect. */
  readonly after?: ListPlace;
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
  /** The place of the last run, if others follow it. */
  readonly next: ListPlace | null;
}

export interface SearchOptions {
  /** What runs of workflows are sorted by; absent: by the ids of the workflows. */
  readonly keysOf?: WorkflowKeys;
  readonly onCommon?: OnCommonLabels;
}

/** Runs in the order of creation: so many, from an offset on or behind a place. */
interface Part {
  readonly order: 'ASC' | 'DESC';
  readonly limit: number;
  readonly offset: number;
  readonly after?: ListPlace;
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
  return request.sort === 'creationDate'
    ? datedPage(selection, request)
    : sortedPage(selection, request, request.sort, keysOf);
}

/** Exact number of runs that match. Null: many runs carry the labels, and nobody has counted them yet, so each would have to be read. */
export async function countRuns(selection: RunSelection): Promise<number | null> {
  const { labels } = selection;
  if (labels && !labels.isFew && labels.countedId === null) return null;
  return totalOf(await countsOf(selection));
}

async function datedPage(selection: RunSelection, request: RunPageRequest): Promise<RunPage> {
  const { page, limit, after } = request;
  const counts = await countsOf(selection);
  const total = totalOf(counts);
  const found = await placesOf(selection, counts, { ...request, offset: page * limit });
  const places = found.slice(0, limit);
  const runs = await loadRunSummaries(
    selection.pool,
    places.map(({ id }) => id),
  );
  const hasMore = after ? found.length > limit : page * limit + found.length < total;
  return { runs, total, next: hasMore ? (places.at(-1) ?? null) : null };
}

/** Sorted by status, or by what workflows are called: there are few of them, so their counts tell in which of them the page lies. */
async function sortedPage(
  selection: RunSelection,
  request: RunPageRequest,
  sort: Exclude<RunPageRequest['sort'], 'creationDate'>,
  keysOf?: WorkflowKeys,
): Promise<RunPage> {
  const { page, limit, order, after } = request;
  const counted = await countSelected(selection, sort === 'status' ? 'day' : 'workflow');
  const groups = await groupsOf(counted, keysOf);
  if (order === 'DESC') groups.reverse();
  const found: ListPlace[] = [];
  const read = async (values: readonly string[], part: Omit<Part, 'order'>): Promise<void> => {
    const chosen = sort === 'status' ? { statuses: values } : { workflows: values };
    const own = { ...selection, filters: { ...selection.filters, ...chosen } };
    found.push(...(await placesOf(own, await countSelected(own, 'day'), { ...part, order })));
  };
  const key = after?.key ?? '';
  const begun = after && groups.find((group) => group.key === key);
  if (begun) await read(begun.values, { limit, offset: 0, after });
  const ahead = after ? groups.filter((group) => (order === 'ASC' ? group.key > key : group.key < key)) : groups;
  const wanted = after ? limit + 1 - found.length : limit;
  for (const part of partsOfPage(ahead, after ? 0 : page * limit, wanted)) await read(part.values, part);
  const summaries = await loadRunSummaries(
    selection.pool,
    found.map(({ id }) => id),
  );
  const runs = inOrder(summaries, groups, request).slice(0, limit);
  const total = totalOf(groups);
  const hasMore = after ? found.length > limit : page * limit + found.length < total;
  const last = hasMore ? runs.at(-1) : undefined;
  const next = last && { id: last.id, creationDate: last.creationDate, key: keyOf(last, groups, sort) };
  return { runs, total, next: next ?? null };
}

async function countsOf(selection: RunSelection): Promise<RunCount[]> {
  const { filters } = selection;
  const needsStatus = asksForStatus(filters);
  if (isCountable(filters) || needsStatus) return countSelected(selection, 'day', needsStatus);
  return [{ from: -Infinity, to: Infinity, workflow: null, status: 'any', runs: await countFixed(selection) }];
}

/** In the order that is asked for; behind a place one more, if there is one. */
async function placesOf(selection: RunSelection, counts: readonly RunCount[], part: Part): Promise<ListPlace[]> {
  const { filters } = selection;
  const { after, limit, order, offset } = part;
  if (after) {
    const statuses = asksForStatus(filters) ? statusesOf(filters, counts) : null;
    const { counted, whole } = windowBehind(filters, counts, { order, limit, after }, statuses);
    const places = await placesIn(selection, counted);
    // Some may have left the filter since they were counted: then more are needed from further on.
    return places.length > limit || counted === whole ? places : placesIn(selection, whole);
  }
  if (offset >= totalOf(counts)) return [];
  const window = windowOf(filters, counts, part);
  const places = await placesIn(selection, window);
  return window.readsUp === (order === 'ASC') ? places : places.reverse();
}

/** In the order in which the window is read. */
async function placesIn(selection: RunSelection, window: Window): Promise<ListPlace[]> {
  return (await isLabelNarrower(selection, window))
    ? placesByLabel(selection, window)
    : placesByDate(selection.pool, selection.reach, window);
}

/**
 * Reads only the days in which the page lies, as the counters tell, and from the nearer end, so that little is skipped or looked at in
 * vain.
 */
function windowOf(filters: RunFilters, counts: readonly RunCount[], { order, offset, limit: most }: Part): Window {
  const total = totalOf(counts);
  const limit = Math.min(most, total - offset);
  const begin = order === 'ASC' ? offset : total - offset - limit;
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
  const days = counts.filter(({ from }) => read.has(from)).sort((a, b) => a.from - b.from);
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
    ranges: joined(days),
    statuses: asksForStatus(filters) ? statusesOf(filters, days) : null,
    offset: Math.min(first, last),
    readsUp: first <= last,
    limit,
  };
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
