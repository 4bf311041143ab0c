import type { RunFiltersBody, SavedViewBody } from '#libs/contracts';
import { asList, type Filters, startOf } from './filters';

/** The filters as a body has them. Of a label that stands twice, the last counts. */
export function filtersBody(filters: Filters): RunFiltersBody {
  const { statuses, workflows, triggers, phase, workflowruns, labels, fromDate, toDate } = filters;
  const listOf = <Item extends string>(items: readonly string[]) => items as Item[];
  return {
    ...(statuses.length > 0 && { statuses: listOf<NonNullable<RunFiltersBody['statuses']>[number]>(statuses) }),
    ...(workflows.length > 0 && { workflows: [...workflows] }),
    ...(triggers.length > 0 && { triggers: listOf<NonNullable<RunFiltersBody['triggers']>[number]>(triggers) }),
    ...(phase.length > 0 && { phase: listOf<NonNullable<RunFiltersBody['phase']>[number]>(phase) }),
    ...(workflowruns.length > 0 && { workflowruns: [...workflowruns] }),
    ...(labels.length > 0 && { labels: Object.fromEntries(labels.map(pairOf)) }),
    ...(fromDate !== null && { fromDate }),
    ...(toDate !== null && { toDate }),
  };
}

/** The same, as the list on the screen has it: runs created before `until`. */
export function filtersUntil(filters: Filters, until: number): RunFiltersBody {
  const from = startOf(filters);
  return { ...filtersBody(filters), ...(from !== null && { fromDate: from }), toDate: until };
}

/** What the address of the list says of a view; null removes. */
export function addressOfView({ filters, period }: Pick<SavedViewBody, 'filters' | 'period'>) {
  const { statuses, workflows, triggers, phase, workflowruns, labels, fromDate, toDate } = filters;
  const list = (items: readonly string[] | undefined) => (items ? asList(items) : null);
  return {
    statuses: list(statuses),
    workflows: list(workflows),
    triggers: list(triggers),
    phase: list(phase),
    workflowruns: list(workflowruns),
    labels: list(labels && Object.entries(labels).map(([key, value]) => `${key}=${value}`)),
    since: period ?? null,
    fromDate: fromDate === undefined ? null : String(fromDate),
    toDate: toDate === undefined ? null : String(toDate),
    page: null,
  };
}

/** Whether the list shows what the view says. */
export function shows(filters: Filters, view: Pick<SavedViewBody, 'filters' | 'period'>): boolean {
  const body = { ...filtersBody(filters), period: filters.period ?? undefined };
  return sorted(body) === sorted({ ...view.filters, period: view.period });
}

function sorted(value: object): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  );
}

function pairOf(label: string): [string, string] {
  const at = label.indexOf('=');
  return [label.slice(0, at), label.slice(at + 1)];
}
