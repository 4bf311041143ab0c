import { Conditions, toDate } from '#libs/database';
import { countConditions, type RunFilters } from './run-filters';
import type { RunSelection } from './run-selection';

/** The middle of a statement that reads runs by their labels: `l` has the date and the id of each. */
export interface LabelRows {
  readonly from: string;
  readonly conditions: Conditions;
}

/** With `s`, what `run_status` says of each run. */
export function labelRowsWithStatus(selection: RunSelection): LabelRows {
  const conditions = countConditions(selection.reach, selection.filters);
  addLabels(conditions, selection);
  addRange(conditions, selection.filters);
  // Always by key, one after the other: estimates about labels are too poor to choose a join by.
  const one = 'select team_id, workflow_id, trigger, status, phase from run_status where id = l.run_id offset 0';
  return { from: `run_label l cross join lateral (${one}) as s`, conditions };
}

/** Without `s`: of labels and dates alone. */
export function labelRows(selection: RunSelection, conditions = new Conditions()): LabelRows {
  addLabels(conditions, selection);
  addRange(conditions, selection.filters);
  return { from: 'run_label l', conditions };
}

/** Whether labels and dates are all that the filters ask for. */
export function asksForLabelsOnly({ reach, filters }: RunSelection): boolean {
  const { workflows, triggers, statuses, phases, runs } = filters;
  return reach.kind !== 'workflow' && [workflows, triggers, statuses, phases, runs].every((each) => each === undefined);
}

function addLabels(conditions: Conditions, { labels }: RunSelection): void {
  const [first, ...others] = labels?.ids ?? [];
  conditions.add('l.label = ?::uuid', first);
  for (const id of others) {
    conditions.add(
      '(select true from run_label m where m.label = ?::uuid and m.creation_date = l.creation_date and m.run_id = l.run_id)',
      id,
    );
  }
}

function addRange(conditions: Conditions, { fromDate, toDate: until }: RunFilters): void {
  if (fromDate !== undefined) conditions.add('l.creation_date >= ?::timestamptz', toDate(fromDate));
  if (until !== undefined) conditions.add('l.creation_date < ?::timestamptz', toDate(until));
}
