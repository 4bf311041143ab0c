import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

/** Milliseconds without a look at the leases, by any server, after which agents get one lease's time to report. */
const outageMilliseconds = 3000;

/** Until when agents count as alive. One row for each, so a heartbeat touches nothing that an append writes. */
@Injectable()
export class LeaseStore {
  constructor(private readonly pool: Pool) {}

  /** A heartbeat: the agent keeps the items that it has started for `seconds` more. */
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
   * Records in the database that a server checks leases, and returns whether expired ones may be ended. They may not
   * for `seconds` after a time without any check: the database or all servers were away, and agents could not report.
   * All servers share the row, also those that have just started.
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
