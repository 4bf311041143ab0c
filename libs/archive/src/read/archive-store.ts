import type { ArchivedRun } from '#libs/contracts';
import type { FinalStatus } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

/** Runs that leave now. */
export interface DueRuns {
  /** In the phase `completed`: they must be finalized before. */
  readonly completed: readonly string[];
  readonly finalized: readonly string[];
}

/** A partition of events, and what may leave it. */
export interface PartitionLoad {
  readonly partition: string;
  readonly archived: number;
  readonly estimate: number;
  readonly copying: boolean;
}

@Injectable()
export class ArchiveStore {
  constructor(private readonly pool: Pool) {}

  /** The oldest finished runs of a team that ended before these times. `upTo`: only runs all of whose events are at or before this position. */
  async due(
    teamId: string,
    limits: readonly { readonly status: FinalStatus; readonly before: number }[],
    limit: number,
    upTo: number,
  ): Promise<DueRuns> {
    const { rows } = await this.pool.query<{ id: string; phase: string; is_logged: boolean }>({
      name: 'runs_to_archive',
      text: `select r.id, r.phase, coalesce((select max(e.position) from event e where e.stream_id = r.id), 0) <= $5 as is_logged
               from unnest($2::text[], $3::bigint[]) as l(status, before)
                    cross join lateral
                      (select s.id, s.phase, s.creation_date from run_status s
                        where s.team_id = $1 and s.status = l.status and s.creation_date < to_timestamp(l.before / 1000.0)
                          and s.phase in ('completed', 'finalized')
                          and coalesce((s.changing ->> 'startTime')::bigint, 0) + coalesce((s.changing ->> 'duration')::bigint, 0) < l.before
                        order by s.creation_date, s.id limit $4) as r
              order by r.creation_date, r.id limit $4`,
      values: [teamId, limits.map(({ status }) => status), limits.map(({ before }) => before), limit, upTo],
    });
    const idsOf = (wanted: (row: { phase: string; is_logged: boolean }) => boolean) =>
      rows.filter(wanted).map(({ id }) => id);
    return {
      completed: idsOf(({ phase }) => phase === 'completed'),
      finalized: idsOf(({ phase, is_logged }) => phase === 'finalized' && is_logged),
    };
  }

  /** Every subscription has read up to here: what comes later may still be needed. Traces keep nothing back: they may be off, or wait for a collector. */
  async readByAll(): Promise<number> {
    const { rows } = await this.pool.query<{ position: string | null }>({
      name: 'read_by_all',
      text: `select min(position) as position from subscription where name <> 'traces'`,
    });
    return Number(rows[0]?.position ?? 0);
  }

  /** The names of archives that are recorded, of whose runs some may still be there. */
  async unremoved(): Promise<{ id: string; name: string }[]> {
    const { rows } = await this.pool.query<{ id: string; name: string }>({
      name: 'unremoved_archives',
      text: `select id, state ->> 'name' as name from ledger_archive where positions is null order by id`,
    });
    return rows;
  }

  async isRecorded(id: string): Promise<boolean> {
    const { rowCount } = await this.pool.query({
      name: 'is_archive_recorded',
      text: 'select from ledger_archive where id = $1',
      values: [id],
    });
    return rowCount === 1;
  }

  /** How many of these runs are in the views. */
  async countPresent(runIds: readonly string[]): Promise<number> {
    const { rows } = await this.pool.query<{ count: string }>({
      name: 'count_present_runs',
      text: 'select count(*) as count from workflow_run where id = any($1::uuid[])',
      values: [runIds],
    });
    return Number(rows[0]?.count ?? 0);
  }

  async find(runId: string): Promise<ArchivedRun | null> {
    const { rows } = await this.pool.query<{ team_id: string; workflow_id: string; name: string }>({
      name: 'find_archived_run',
      text: `select r.team_id, r.workflow_id, a.state ->> 'name' as name
               from archived_run r join ledger_archive a on a.id = r.archive_id where r.id = $1`,
      values: [runId],
    });
    const [row] = rows;
    return row ? { teamId: row.team_id, workflowId: row.workflow_id, archive: row.name } : null;
  }

  async partitions(): Promise<PartitionLoad[]> {
    const { rows } = await this.pool.query<{ partition: string; archived: string; estimate: string; copying: boolean }>(
      {
        name: 'event_archived',
        text: 'select partition, archived, estimate, copying from event_archived()',
      },
    );
    return rows.map(({ archived, estimate, ...row }) => ({
      ...row,
      archived: Number(archived),
      estimate: Number(estimate),
    }));
  }
}
