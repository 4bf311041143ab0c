import { onlyWorkflowOf, type ReachInTeam } from '#libs/contracts';
import { Conditions, toDate } from '#libs/database';

/** What a search or count may be narrowed by. Absent = everything; an empty list matches nothing. */
export interface RunFilters {
  readonly labels?: Readonly<Record<string, string>>;
  readonly statuses?: readonly string[];
  readonly phases?: readonly string[];
  readonly triggers?: readonly string[];
  /** Ids. */
  readonly workflows?: readonly string[];
  /** Ids. */
  readonly runs?: readonly string[];
  /** Creation date from here on, inclusive; milliseconds since the epoch. */
  readonly fromDate?: number;
  /** Creation date before this, exclusive; milliseconds since the epoch. */
  readonly toDate?: number;
}

/** The conditions on columns that `workflow_run` and `run_count` share. */
export function sharedConditions(reach: ReachInTeam, filters: RunFilters): Conditions {
  const conditions = Conditions.within(reach.team.id, onlyWorkflowOf(reach));
  if (filters.workflows) conditions.add('workflow_id = any(?::uuid[])', filters.workflows);
  if (filters.statuses) conditions.add('status = any(?::text[])', filters.statuses);
  if (filters.phases) conditions.add('phase = any(?::text[])', filters.phases);
  if (filters.triggers) conditions.add('trigger = any(?::text[])', filters.triggers);
  return conditions;
}

/** All conditions, on `workflow_run`. */
export function runConditions(reach: ReachInTeam, filters: RunFilters): Conditions {
  const conditions = sharedConditions(reach, filters);
  if (filters.runs) conditions.add('id = any(?::uuid[])', filters.runs);
  if (filters.labels) conditions.add('labels @> ?::jsonb', JSON.stringify(filters.labels));
  if (filters.fromDate !== undefined) conditions.add('creation_date >= ?::timestamptz', toDate(filters.fromDate));
  if (filters.toDate !== undefined) conditions.add('creation_date < ?::timestamptz', toDate(filters.toDate));
  return conditions;
}

/** Whether the per-day counters can answer: they know neither labels nor ids of runs. */
export function isCountable(filters: RunFilters): boolean {
  return filters.labels === undefined && filters.runs === undefined;
}
