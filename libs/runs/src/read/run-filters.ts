import { onlyWorkflowOf, type ReachInTeam } from '#libs/contracts';
import { Conditions, toDate } from '#libs/database';

/** Filters of a search or count. Absent = everything; an empty list matches nothing. */
export interface RunFilters {
  readonly labels?: Readonly<Record<string, string>>;
  readonly statuses?: readonly string[];
  readonly phases?: readonly string[];
  readonly triggers?: readonly string[];
  /** Ids. */
  readonly workflows?: readonly string[];
  /** Ids. */
  readonly runs?: readonly string[];
  /** From this creation date, inclusive; milliseconds since the epoch. */
  readonly fromDate?: number;
  /** Creation date before this, exclusive; milliseconds since the epoch. */
  readonly toDate?: number;
}

/** The conditions on counters, which know neither ids of runs, nor times of the day. */
export function countConditions(reach: ReachInTeam, filters: RunFilters): Conditions {
  const conditions = fixedConditions(reach, filters);
  if (filters.statuses) conditions.add('status = any(?::text[])', filters.statuses);
  if (filters.phases) conditions.add('phase = any(?::text[])', filters.phases);
  return conditions;
}

/** The counters to read: without workflows those of the team's days, which are fewer. */
export function counterTable(reach: ReachInTeam, { workflows }: RunFilters): 'run_count' | 'run_day_count' {
  return workflows || onlyWorkflowOf(reach) !== undefined ? 'run_count' : 'run_day_count';
}

/** All conditions, on `run_status`. */
export function statusConditions(reach: ReachInTeam, filters: RunFilters): Conditions {
  return rowConditions(countConditions(reach, filters), reach, filters);
}

/** All conditions but those on the status and the phase, on `workflow_run`. */
export function runConditions(reach: ReachInTeam, filters: RunFilters): Conditions {
  return rowConditions(fixedConditions(reach, filters), reach, filters);
}

/** Whether only `run_status` can answer. */
export function asksForStatus({ statuses, phases }: RunFilters): boolean {
  return statuses !== undefined || phases !== undefined;
}

function fixedConditions(reach: ReachInTeam, { workflows, triggers }: RunFilters): Conditions {
  const conditions = Conditions.within(reach.team.id, onlyWorkflowOf(reach));
  if (workflows) conditions.add('workflow_id = any(?::uuid[])', workflows);
  if (triggers) conditions.add('trigger = any(?::text[])', triggers);
  return conditions;
}

function rowConditions(
  conditions: Conditions,
  reach: ReachInTeam,
  { labels = {}, runs, fromDate, toDate: until }: RunFilters,
): Conditions {
  if (runs) conditions.add('id = any(?::uuid[])', runs);
  if (fromDate !== undefined) conditions.add('creation_date >= ?::timestamptz', toDate(fromDate));
  if (until !== undefined) conditions.add('creation_date < ?::timestamptz', toDate(until));
  for (const [key, value] of Object.entries(labels)) {
    // A look by key for each row that is read: never a plan that begins with the label.
    const id = `label_id(${conditions.value(reach.team.id)}::uuid, ${conditions.value(key)}, ?)`;
    conditions.add(
      `(select true from run_label as l(label, created, run) where l.label = ${id} and l.created = creation_date and l.run = id)`,
      value,
    );
  }
  return conditions;
}

/** Whether per-day counters can answer: they have no ids of runs. Labels have counters of their own. */
export function isCountable(filters: RunFilters): boolean {
  return filters.runs === undefined;
}
