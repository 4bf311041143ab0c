import { toDate } from '#libs/database';
import type { Pool } from 'pg';
import type { RunFilters } from './run-filters';

type Labels = Readonly<Record<string, string>>;

/** What is known of labels that runs must carry. */
export interface LabelLook {
  /** As `run_label` has them, the rarest first. */
  readonly ids: readonly string[];
  /** At most `fewRuns` runs in the range of dates carry the rarest one. */
  readonly isFew: boolean;
  /** Their counters, if they are exact. */
  readonly countedId: string | null;
}

/** Is told of labels that more than `fewRuns` runs carry, whenever somebody asks for them. */
export type OnCommonLabels = (teamId: string, labels: Labels) => void;

/** So many runs are read one by one: some milliseconds. */
export const fewRuns = 1000;
/** The rarest label is looked for among so many. */
const mostLooked = 16;

/** Looks how many runs carry the labels, as far as `fewRuns`. Null: the filters name none. */
export async function lookAtLabels(
  pool: Pool,
  teamId: string,
  { labels = {}, fromDate = -Infinity, toDate: until = Infinity }: RunFilters,
  onCommon?: OnCommonLabels,
): Promise<LabelLook | null> {
  if (Object.keys(labels).length === 0) return null;
  const { rows } = await pool.query<{ id: string; runs: number; counted: string | null }>(
    `select l.id, c.id as counted, case when l.place > ${mostLooked} then ${fewRuns + 1} else
              (select count(*)::int from (select from run_label r where r.label = l.id
                  and r.creation_date >= $3 and r.creation_date < $4 limit ${fewRuns + 1}) as found) end as runs
       from (select label_id($1::uuid, key, value) as id, place from jsonb_each_text($2::jsonb) with ordinality as x(key, value, place)) as l
            left join counted_labels c on c.team_id = $1::uuid and c.labels = $2::jsonb and c.state = 'counted'
      order by runs, l.place`,
    [teamId, JSON.stringify(labels), toDate(fromDate), toDate(until)],
  );
  const isFew = rows.some(({ runs }) => runs <= fewRuns);
  if (!isFew) onCommon?.(teamId, labels);
  return { ids: rows.map(({ id }) => id), isFew, countedId: rows[0]?.counted ?? null };
}
