import { onlyWorkflowOf, type ReachInTeam } from '#libs/contracts';

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

/** A growing list of SQL conditions with their values. */
export class Conditions {
  readonly values: unknown[] = [];
  private readonly parts: string[] = [];

  /** Adds a condition in which `?` stands for the value. */
  add(condition: string, value: unknown): this {
    this.values.push(value);
    this.parts.push(condition.replace('?', `$${this.values.length}`));
    return this;
  }

  /** A value outside the conditions, such as a limit: its placeholder. */
  value(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  get sql(): string {
    return this.parts.length > 0 ? this.parts.join(' and ') : 'true';
  }
}

/** What the reach holds, as the first of the conditions on `team_id` and `workflow_id`. */
export function conditionsWithin(reach: ReachInTeam): Conditions {
  const conditions = new Conditions().add('team_id = ?::uuid', reach.team.id);
  const workflowId = onlyWorkflowOf(reach);
  return workflowId === undefined ? conditions : conditions.add('workflow_id = ?::uuid', workflowId);
}

/** The conditions on columns that `workflow_run` and `run_count` share. */
export function sharedConditions(reach: ReachInTeam, filters: RunFilters): Conditions {
  const conditions = conditionsWithin(reach);
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

/** PostgreSQL's dates reach further than a query needs to; what lies outside is brought to the edge. */
/** The first day of the year 1: `Date.UTC` takes the years 0 to 99 for those of the last century. */
const earliest = -62_135_596_800_000;
const latest = Date.UTC(9999, 11, 31);

export function toDate(milliseconds: number): string {
  const date = new Date(Math.min(Math.max(milliseconds, earliest), latest));
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  return year + date.toISOString().slice(date.toISOString().indexOf('-', 1));
}
