import { onlyWorkflowOf } from '#libs/contracts';
import type { Conditions } from '#libs/database';
import { runStatuses } from '#libs/kernel';
import { asksForLabelsOnly, labelRows, labelRowsWithStatus } from './label-rows';
import { allWorkflows, type CountedBy, type CounterRow, day, ofCounter, type RunCount } from './run-count';
import { statusConditions } from './run-filters';
import type { RunSelection } from './run-selection';

/** From the runs themselves, of which each is looked at. */
export async function countLabelRows(
  selection: RunSelection,
  by: CountedBy,
  needsStatus: boolean,
): Promise<RunCount[]> {
  const { fromDate = -Infinity, toDate = Infinity } = selection.filters;
  if (!selection.labels?.isFew && toDate - fromDate <= day) return countShortRange(selection, by);
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

/**
 * The same for a range of a day or less: what matches the other filters and what has each label are read from their indexes, and runs that all of
 * them have are counted. There is no join that a plan could be wrong about.
 */
async function countShortRange(selection: RunSelection, by: CountedBy): Promise<RunCount[]> {
  const { reach, filters, labels, pool } = selection;
  const { labels: _labels, statuses = runStatuses, ...others } = filters;
  // All statuses by name, if none is asked for: so the index on statuses finds the range.
  const conditions = statusConditions(reach, { ...others, statuses });
  const ids = labels?.ids ?? [];
  const carriers = ids.map((id) => {
    const rows = labelRows({ ...selection, labels: { ids: [id], isFew: false, countedId: null } }, conditions.beside());
    return `union all select l.run_id, null, null, null from ${rows.from} where ${rows.conditions.sql}`;
  });
  const { rows } = await pool.query<CounterRow>(
    `select ${by === 'day' ? 'day' : 'workflow_id'}::text as part, status, count(*) as runs
       from (select max(status) as status, max(day) as day, max(workflow_id) as workflow_id
               from (select id, status, (creation_date at time zone 'UTC')::date as day, workflow_id::text from run_status where ${conditions.sql}
                     ${carriers.join(' ')}) as each
              group by id having count(*) = ${ids.length + 1}) as run
      group by 1, 2 order by 1`,
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
