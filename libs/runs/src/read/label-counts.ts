import { onlyWorkflowOf } from '#libs/contracts';
import type { Conditions } from '#libs/database';
import { asksForLabelsOnly, labelRows, labelRowsWithStatus } from './label-rows';
import { type CountedBy, type CounterRow, ofCounter, type RunCount } from './run-count';
import type { RunSelection } from './run-selection';

/** In `run_label_count`: the sum over all workflows. */
export const allWorkflows = '00000000-0000-0000-0000-000000000000';

/** From the runs themselves, of which each is looked at. */
export async function countLabelRows(
  selection: RunSelection,
  by: CountedBy,
  needsStatus: boolean,
): Promise<RunCount[]> {
  const isBare = !needsStatus && by === 'day' && asksForLabelsOnly(selection);
  const { from, conditions } = isBare ? labelRows(selection) : labelRowsWithStatus(selection);
  const part = by === 'day' ? `(l.creation_date at time zone 'UTC')::date` : 's.workflow_id';
  const { rows } = await selection.pool.query<CounterRow>(
    `select ${part}::text as part, ${isBare ? `'any'` : 's.status'} as status, count(*) as runs
       from ${from} where ${conditions.sql} group by ${part}, 2 order by ${part}`,
    conditions.values,
  );
  return rows.map((row) => ofCounter(row, by));
}

/** From the counters of these labels; null if they are not kept any more. */
export async function countLabelCounters(
  { pool, reach, filters }: RunSelection,
  countedId: string | null,
  conditions: Conditions,
  by: CountedBy,
): Promise<RunCount[] | null> {
  const part = by === 'day' ? 'day' : 'workflow_id';
  const { workflows, fromDate, toDate } = filters;
  const namesWorkflow = workflows !== undefined || onlyWorkflowOf(reach) !== undefined;
  if (by === 'day' && !namesWorkflow) conditions.add('workflow_id = ?::uuid', allWorkflows);
  else conditions.add('workflow_id <> ?::uuid', allWorkflows);
  const isOfAllDays = by === 'workflow' && fromDate === undefined && toDate === undefined;
  conditions.add(`day ${isOfAllDays ? '=' : '>'} ?::date`, '-infinity');
  const id = conditions.value(countedId);
  // At least one row while they are kept: a part of null.
  const { rows } = await pool.query<CounterRow | (Omit<CounterRow, 'part'> & { readonly part: null })>(
    `select n.part::text, n.status, n.runs
       from counted_labels c
            left join lateral
              (select ${part} as part, status, sum(runs) as runs
                 from (select counted_id, c.team_id, day, workflow_id, status, phase, trigger, runs from run_label_count where counted_id = c.id) as r
                where ${conditions.sql} group by ${part}, status having sum(runs) <> 0) as n on true
      where c.id = ${id} and c.state = 'counted' order by n.part`,
    conditions.values,
  );
  if (rows.length === 0) return null;
  return rows.flatMap((row) => (row.part === null ? [] : ofCounter({ ...row, part: row.part }, by)));
}
