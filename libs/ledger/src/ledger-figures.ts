import type { Pool } from 'pg';

/** Timers that are counted, at most. */
const mostTimers = 10_000;

export interface LedgerFigures {
  readonly position: number;
  /** Positions that each subscription is behind. */
  readonly lags: readonly { readonly name: string; readonly lag: number }[];
  /** Timers whose time has come, at most 10,000; and how many seconds the oldest is late, 0 if none is. */
  readonly due: number;
  readonly late: number;
}

/** How far the ledger is, and what follows it. */
export async function readLedgerFigures(pool: Pool): Promise<LedgerFigures> {
  const { rows } = await pool.query<{
    position: string;
    lags: LedgerFigures['lags'] | null;
    due: number;
    late: number;
  }>({
    name: 'ledger_figures',
    text: `select h.position,
                  (select json_agg(json_build_object('name', s.name, 'lag', greatest(h.position - s.position, 0)) order by s.name)
                     from (select name, position from subscription order by name limit 100) as s) as lags,
                  t.due, t.late
             from ledger_head h,
                  (select count(*)::int as due, coalesce(extract(epoch from now() - min(fire_at)), 0)::float8 as late
                     from (select fire_at from timer where fire_at <= now() order by fire_at limit $1) as late_ones) as t
            where h.shard = 1`,
    values: [mostTimers],
  });
  const { position = '0', lags = null, due = 0, late = 0 } = rows[0] ?? {};
  return { position: Number(position), lags: lags ?? [], due, late };
}
