import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

/** Milliseconds without a look at the leases, by any server, after which agents get one lease's time to report. */
const outageMilliseconds = 3000;

/** Until when agents are taken to be alive. One row for each, so a sign of life touches nothing that an append writes. */
@Injectable()
export class LeaseStore {
  constructor(private readonly pool: Pool) {}

  /** A sign of life: what the agent has started is its own for `seconds` more. */
  async extend(agentId: string, seconds: number): Promise<void> {
    await this.pool.query({
      name: 'extend_lease',
      text: `insert into agent_lease as l (agent_id, seen_at, lease_until)
             values ($1, now(), now() + make_interval(secs => $2))
             on conflict (agent_id) do update
                set seen_at = excluded.seen_at, lease_until = greatest(l.lease_until, excluded.lease_until)`,
      values: [agentId, seconds],
    });
  }

  /**
   * Tells the database that leases are looked after, and answers whether what has run out may be taken. It may not for `seconds` after a
   * time in which no server looked: the database was away, or all servers were, and agents had nobody to report to. The row is the
   * database's own, so this holds for all servers of it, also for those that have just been started.
   */
  async mayTake(seconds: number): Promise<boolean> {
    const { rows } = await this.pool.query<{ may: boolean }>({
      name: 'watch_leases',
      text: `update lease_watch
                set looked_at = greatest(looked_at, clock_timestamp()),
                    grace_until = case when clock_timestamp() - looked_at > make_interval(secs => $2::float8 / 1000)
                                       then clock_timestamp() + make_interval(secs => $1::float8) else grace_until end
              where shard = 1 returning grace_until < clock_timestamp() as may`,
      values: [seconds, outageMilliseconds],
    });
    return rows[0]?.may ?? false;
  }
}
