import type { AuditEntryBody } from '#libs/contracts';
import { withQuery } from '../../api/paths';

/** The filters of the trail, by the names that the API gives them. The address of the page has them under the same names. */
export const filterNames = ['actors', 'actions', 'object', 'kinds', 'outcome', 'reason', 'fromDate', 'toDate'] as const;
export type FilterName = (typeof filterNames)[number];
export type Filters = Readonly<Partial<Record<FilterName, string>>>;

export function filtersIn(search: URLSearchParams): Filters {
  return Object.fromEntries(
    filterNames.flatMap((name) => {
      const value = search.get(name);
      return value === null || value === '' ? [] : [[name, value]];
    }),
  );
}

export function auditPath(team: string | null, rest = ''): string {
  return team === null ? `/api/v2/audit${rest}` : `/api/v2/team/${encodeURIComponent(team)}/audit${rest}`;
}

export function searchPath(
  team: string | null,
  filters: Filters,
  more: Readonly<Record<string, string | number>> = {},
): string {
  return withQuery(auditPath(team), { ...filters, ...more });
}

const prefixes: Readonly<Record<AuditEntryBody['actor']['kind'], string>> = {
  person: 'user:',
  token: 'token:',
  agent: 'agent:',
  run: 'run:',
  schedule: 'schedule:',
  system: 'system:',
  anonymous: '',
};

/** The actor as the filter takes it. */
export function actorFilter({ kind, id }: AuditEntryBody['actor']): string {
  return kind === 'anonymous' ? 'anonymous' : `${prefixes[kind]}${id}`;
}

const halfHour = 1_800_000;

/** The hour around a moment. */
export function hourAround(time: string): { readonly fromDate: string; readonly toDate: string } {
  const at = Date.parse(time);
  return { fromDate: new Date(at - halfHour).toISOString(), toDate: new Date(at + halfHour).toISOString() };
}
