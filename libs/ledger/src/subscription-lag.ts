import type { Pool } from 'pg';

/** How far an asynchronous view is: everything up to the position is in it. */
export interface ViewLag {
  readonly position: number;
  /** Events that are not in it yet, and how many milliseconds ago the oldest of them was recorded; 0 and 0: it has everything. */
  readonly lag: { readonly events: number; readonly milliseconds: number };
}

/** Read it before the view itself: then the view has at least what the position says. */
export async function readViewLag(pool: Pool, subscription: string): Promise<ViewLag> {
  const { rows } = await pool.query<{ position: string; events: string; milliseconds: string }>({
    name: 'view_lag',
    text: `select v.position, greatest(h.position - v.position, 0) as events,
                  case when h.position > v.position then
                    coalesce((select greatest(extract(epoch from clock_timestamp() - e.recorded_at) * 1000, 0)::bigint
                                from event e where e.position > v.position order by e.position limit 1), 0)
                  else 0 end as milliseconds
             from ledger_head h, (select coalesce((select position from subscription where name = $1), 0) as position) as v
            where h.shard = 1`,
    values: [subscription],
  });
  const { position = '0', events = '0', milliseconds = '0' } = rows[0] ?? {};
  return { position: Number(position), lag: { events: Number(events), milliseconds: Number(milliseconds) } };
}
