import { useMemo } from 'react';
import { serverNow } from '../../api/client';
import { runsPath, withQuery } from '../../api/paths';
import { useSearch } from '../../router';

/** What the address says of the list. Times in milliseconds since the epoch. */
export interface Filters {
  readonly statuses: readonly string[];
  readonly workflows: readonly string[];
  readonly triggers: readonly string[];
  readonly phase: readonly string[];
  readonly workflowruns: readonly string[];
  /** `key=value`. */
  readonly labels: readonly string[];
  readonly period: Period | null;
  readonly fromDate: number | null;
  readonly toDate: number | null;
  readonly sort: string;
  readonly order: 'ASC' | 'DESC';
  readonly page: number;
}

export const periods = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000 } as const;
export type Period = keyof typeof periods;
export const periodWords: Readonly<Record<Period, string>> = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
};

export const listFilters = ['statuses', 'workflows', 'triggers', 'phase', 'workflowruns', 'labels'] as const;
export type ListFilter = (typeof listFilters)[number];

/** Runs on one page of the list. */
export const pageSize = 50;

function isPeriod(text: string | null): text is Period {
  return text !== null && text in periods;
}

function listOf(text: string | null): string[] {
  return (text ?? '')
    .split(',')
    .filter((item) => item !== '')
    .map(decodeURIComponent);
}

function numberOf(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** Each item is encoded, so that its own commas do not split it. */
export function asList(items: readonly string[]): string {
  return items.map(encodeURIComponent).join(',');
}

export function useFilters(): [Filters, (changes: Readonly<Record<string, string | null>>) => void] {
  const [search, change] = useSearch();
  const filters = useMemo((): Filters => {
    const period = search.get('since');
    return {
      statuses: listOf(search.get('statuses')),
      workflows: listOf(search.get('workflows')),
      triggers: listOf(search.get('triggers')),
      phase: listOf(search.get('phase')),
      workflowruns: listOf(search.get('workflowruns')),
      labels: listOf(search.get('labels')),
      period: isPeriod(period) ? period : null,
      fromDate: numberOf(search.get('fromDate')),
      toDate: numberOf(search.get('toDate')),
      sort: search.get('sort') ?? 'creationDate',
      order: search.get('order') === 'ASC' ? 'ASC' : 'DESC',
      page: numberOf(search.get('page')) ?? 0,
    };
  }, [search]);
  // Another filter begins with its first page.
  return [filters, (changes) => change({ page: null, ...changes })];
}

/** The start of the list in milliseconds; a period begins at a full minute, so that its address stays for a minute. */
export function startOf({ period, fromDate }: Filters): number | null {
  return period === null ? fromDate : Math.floor((serverNow() - periods[period]) / 60_000) * 60_000;
}

interface Bounds {
  readonly from?: number | null;
  readonly to?: number | null;
}

/** Labels come encoded, and a plain comma separates them. */
function withLabels(path: string, labels: readonly string[]): string {
  return labels.length === 0 ? path : `${path}${path.includes('?') ? '&' : '?'}labels=${asList(labels)}`;
}

/** Everything of the list that counts know too. */
export function countPath(
  team: string,
  filters: Filters,
  { from = startOf(filters), to = filters.toDate }: Bounds = {},
): string {
  const path = withQuery(`${runsPath(team)}/count`, {
    workflows: filters.workflows.join(','),
    fromDate: from ?? undefined,
    toDate: to ?? undefined,
  });
  return withLabels(path, filters.labels);
}

export function listPath(
  team: string,
  filters: Filters,
  { from = startOf(filters), to = filters.toDate, limit = pageSize }: Bounds & { readonly limit?: number } = {},
): string {
  const { sort, order, page } = filters;
  const path = withQuery(`${runsPath(team)}/query`, {
    statuses: filters.statuses.join(','),
    workflows: filters.workflows.join(','),
    triggers: filters.triggers.join(','),
    phase: filters.phase.join(','),
    workflowruns: filters.workflowruns.join(','),
    fromDate: from ?? undefined,
    toDate: to ?? undefined,
    sort,
    order,
    limit,
    page: limit === pageSize ? page : 0,
  });
  return withLabels(path, filters.labels);
}

export function isFiltered(filters: Filters): boolean {
  return (
    listFilters.some((name) => filters[name].length > 0) ||
    filters.period !== null ||
    filters.fromDate !== null ||
    filters.toDate !== null
  );
}
