import { reaches, type ReachInTeam, type ScheduleBody } from '#libs/contracts';
import { readPage } from '#libs/database';
import { toTimestamp } from '#libs/kernel';
import { maskAll } from '#libs/secrets';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { ScheduleState } from '../domain';

export interface ScheduleFilters {
  readonly types?: readonly string[];
  readonly statuses?: readonly string[];
  /** Ids of workflows. */
  readonly workflows?: readonly string[];
  readonly ids?: readonly string[];
  readonly page: number;
  readonly limit: number;
}

/** Reads of the view of schedules; deleted ones are not there. */
@Injectable()
export class ScheduleStore {
  constructor(private readonly pool: Pool) {}

  async find(reach: ReachInTeam, id: string): Promise<ScheduleState | null> {
    const { rows } = await this.pool.query<{ state: ScheduleState }>({
      name: 'find_schedule',
      text: `select state from schedule where id = $1 and team_id = $2 and status <> 'deleted'`,
      values: [id, reach.team.id],
    });
    const schedule = rows[0]?.state ?? null;
    const { teamId = '', workflowId = '' } = schedule ?? {};
    return schedule && reaches(reach, { teamId, workflowId }) ? schedule : null;
  }

  private async rows(ids: readonly string[]): Promise<{ id: string; state: ScheduleState; bytes: number }[]> {
    const { rows } = await this.pool.query<{ id: string; state: ScheduleState; bytes: number }>({
      name: 'read_schedules',
      text: 'select id, state, octet_length(state::text) as bytes from schedule where id = any($1::uuid[])',
      values: [ids],
    });
    return rows;
  }

  async list(reach: ReachInTeam, filters: ScheduleFilters): Promise<{ schedules: ScheduleState[]; total: number }> {
    const conditions = `team_id = $1 and status <> 'deleted' and ($2::text[] is null or type = any($2))
      and ($3::text[] is null or status = any($3)) and ($4::uuid[] is null or workflow_id = any($4))
      and ($5::uuid[] is null or id = any($5))`;
    const values = [
      reach.team.id,
      filters.types ?? null,
      filters.statuses ?? null,
      filters.workflows ?? null,
      filters.ids ?? null,
    ];
    const [page, count] = await Promise.all([
      this.pool.query<{ id: string }>(
        `select id from schedule where ${conditions} order by creation_date, id limit $6 offset $7`,
        [...values, filters.limit, filters.page * filters.limit],
      ),
      this.pool.query<{ total: string }>(`select count(*) as total from schedule where ${conditions}`, values),
    ]);
    const rows = await readPage(
      page.rows.map(({ id }) => id),
      (ids) => this.rows(ids),
    );
    return { schedules: rows.map(({ state }) => state), total: Number(count.rows[0]?.total ?? 0) };
  }
}

export function toScheduleBody(schedule: ScheduleState): ScheduleBody {
  return maskAll({
    id: schedule.id,
    workflowRef: schedule.workflowId,
    name: schedule.name,
    ...(schedule.description !== null && { description: schedule.description }),
    creationDate: toTimestamp(schedule.creationDate),
    type: schedule.type,
    status: schedule.status,
    ...(schedule.statusMessage !== null && { statusMessage: schedule.statusMessage }),
    labels: schedule.labels,
    ...(schedule.cronSchedule !== null && { cronSchedule: schedule.cronSchedule }),
    ...(schedule.dateSchedule !== null && { dateSchedule: toTimestamp(schedule.dateSchedule) }),
    timezone: schedule.timezone,
    params: schedule.params as ScheduleBody['params'],
    ...(schedule.nextDate !== null && { nextScheduleDate: toTimestamp(schedule.nextDate) }),
    ...(schedule.lastRunId !== null && { workflowRunRef: schedule.lastRunId }),
    missed: schedule.missed,
  });
}
