import type { RunCount } from './run-count';
import type { RunSummary } from './run-summary';

/** What the runs of these workflows are sorted by, by id. */
export type WorkflowKeys = (workflowIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** Runs that sorting does not tell apart: of one status, or of the workflows with one name. */
export interface RunGroup {
  readonly key: string;
  /** Statuses, or ids of workflows. */
  readonly values: readonly string[];
  readonly runs: number;
}

/** A part of a page: runs of these groups, in the order of creation. */
export interface PagePart {
  readonly values: readonly string[];
  readonly offset: number;
  readonly limit: number;
}

export function totalOf(counts: readonly { readonly runs: number }[]): number {
  return counts.reduce((sum, { runs }) => sum + runs, 0);
}

/** In the order of their keys. By workflow, if the counts have workflows; else by status. */
export async function groupsOf(
  counts: readonly RunCount[],
  keysOf: WorkflowKeys = () => Promise.resolve(new Map()),
): Promise<RunGroup[]> {
  const workflows = counts.flatMap(({ workflow }) => workflow ?? []);
  const keys = workflows.length > 0 ? await keysOf([...new Set(workflows)]) : new Map<string, string>();
  const groups = new Map<string, { key: string; values: Set<string>; runs: number }>();
  for (const { status, workflow, runs } of counts) {
    const value = workflow ?? status;
    const key = keys.get(value) ?? value;
    const group = groups.get(key) ?? { key, values: new Set<string>(), runs: 0 };
    group.values.add(value);
    group.runs += runs;
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(({ values, ...group }) => ({ ...group, values: [...values] }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Runs that may come to whole groups after they were counted, and must not push others out. */
const slack = 100;

/** Groups that lie in the page as a whole are one part; it may give more than the page takes. */
export function partsOfPage(groups: readonly RunGroup[], begin: number, limit: number): PagePart[] {
  const parts: PagePart[] = [];
  const whole: string[] = [];
  let before = 0;
  for (const { values, runs } of groups) {
    const offset = Math.max(begin - before, 0);
    const end = Math.min(begin + limit - before, runs);
    before += runs;
    if (offset >= end) continue;
    if (end - offset === runs) whole.push(...values);
    else parts.push({ values, offset, limit: end - offset });
  }
  return whole.length > 0 ? [...parts, { values: whole, offset: 0, limit: limit + slack }] : parts;
}

/** By the status that each run has by now. */
export function inOrder(
  runs: readonly RunSummary[],
  groups: readonly RunGroup[],
  { sort, order }: { readonly sort: string; readonly order: 'ASC' | 'DESC' },
): RunSummary[] {
  const places = new Map(groups.flatMap(({ values }, place) => values.map((value) => [value, place] as const)));
  const placeOf = (run: RunSummary): number => places.get(valueOf(run, sort)) ?? 0;
  const sign = order === 'ASC' ? 1 : -1;
  return [...runs].sort(
    (a, b) => placeOf(a) - placeOf(b) || sign * (a.creationDate - b.creationDate) || sign * (a.id < b.id ? -1 : 1),
  );
}

/** The key of the group that the run is in. */
export function keyOf(run: RunSummary, groups: readonly RunGroup[], sort: string): string {
  const value = valueOf(run, sort);
  return groups.find(({ values }) => values.includes(value))?.key ?? value;
}

function valueOf(run: RunSummary, sort: string): string {
  return sort === 'status' ? run.status : run.workflow.id;
}
