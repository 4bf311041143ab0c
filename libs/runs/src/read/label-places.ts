import { Conditions, toDate } from '#libs/database';
import type { ListPlace } from '#libs/kernel';
import { asksForLabelsOnly, labelRows } from './label-rows';
import { addDays, allWorkflows, day } from './run-count';
import { countConditions, counterTable, isCountable } from './run-filters';
import { type PlaceRow, toPlace, type Window } from './places-in-window';
import type { RunSelection } from './run-selection';

/** Whether fewer runs in the ranges carry the labels than match the other filters: then the labels are what to begin with. */
export async function isLabelNarrower(
  selection: RunSelection,
  { ranges, statuses }: Pick<Window, 'ranges' | 'statuses'>,
): Promise<boolean> {
  const { pool, reach, filters, labels } = selection;
  if (!labels || !isCountable(filters)) return false;
  if (labels.isFew || labels.countedId === null || asksForLabelsOnly(selection)) return true;
  const first = ranges[0]?.from ?? -Infinity;
  const last = ranges.at(-1)?.to ?? Infinity;
  const count = async (table: string, conditions: Conditions): Promise<number> => {
    addDays(
      conditions,
      first > -Infinity ? first : undefined,
      last < Infinity ? Math.ceil(last / day) * day : undefined,
    );
    const { rows } = await pool.query<{ runs: string | null }>(
      `select sum(runs) as runs from ${table} where ${conditions.sql}`,
      conditions.values,
    );
    return Number(rows[0]?.runs ?? 0);
  };
  const others = countConditions(reach, { ...filters, ...(statuses && { statuses }) });
  const carriers = new Conditions()
    .add('counted_id = ?::uuid', labels.countedId)
    .add('workflow_id = ?::uuid', allWorkflows);
  const [labelled, all] = await Promise.all([
    count('run_label_count', carriers),
    count(counterTable(reach, filters), others),
  ]);
  return labelled <= all;
}

/**
 * Walks along the index of the rarest label, in each range of the window, and looks the rest up by key. In the order in which the window is
 * read.
 */
export async function placesByLabel(selection: RunSelection, window: Window): Promise<ListPlace[]> {
  const { ranges, readsUp, after } = window;
  const filters = { ...window.filters, ...(window.statuses && { statuses: window.statuses }) };
  const isBare = asksForLabelsOnly({ ...selection, filters });
  const looked = isBare ? null : countConditions(selection.reach, filters);
  const { from, conditions } = labelRows({ ...selection, filters }, looked?.beside());
  if (after) {
    const date = conditions.value(toDate(after.creationDate));
    const sign = readsUp ? '>' : '<';
    conditions.add(`(l.creation_date, l.run_id) ${sign} (${date}::timestamptz, ?::uuid)`, after.id);
  }
  const status = looked ? `and (select true from run_status s where s.id = l.run_id and ${looked.sql})` : '';
  const direction = readsUp ? 'asc' : 'desc';
  const order = `order by creation_date ${direction}, run_id ${direction}`;
  const enough = conditions.value(window.offset + window.limit);
  const begins = conditions.value(ranges.map(({ from: begin }) => toDate(begin)));
  const ends = conditions.value(ranges.map(({ to: end }) => toDate(end)));
  const limit = conditions.value(window.limit);
  const offset = conditions.value(window.offset);
  const { rows } = await selection.pool.query<PlaceRow>(
    `select run_id as id, (extract(epoch from creation_date) * 1000)::float8 as created
       from unnest(${begins}::timestamptz[], ${ends}::timestamptz[]) as d(begins, ends)
            cross join lateral
              (select l.creation_date, l.run_id from ${from}
                where ${conditions.sql} and l.creation_date >= d.begins and l.creation_date < d.ends ${status}
                ${order} limit ${enough}) as found
      ${order} limit ${limit} offset ${offset}`,
    conditions.values,
  );
  return rows.map(toPlace);
}
