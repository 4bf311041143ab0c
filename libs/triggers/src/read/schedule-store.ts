import { reaches, type ReachInTeam, type ScheduleBody } from '#libs/contracts';
import { readStates } from '#libs/database';
import { isId, toTimestamp } from '#libs/kernel';
import { maskAll } from '#libs/secrets';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { ScheduleState, ShownSchedule } from '../domain';
import { ScheduledWorkflows } from './scheduled-workflows';

export interface ScheduleFilters {
  readonly types?: readonly string[];
  readonly statuses?: readonly string[];
  /** Ids of workflows. */
  readonly workflows?: readonly string[];
  readonly ids?: readonly string[];
  readonly page: number;
  readonly limit: number;
}

/** Reads the view of schedules; it does not contain deleted ones. */
@Injectable()
export class ScheduleStore {
  constructor(
    private readonly pool: Pool,
    private readonly workflows: ScheduledWorkflows,
  ) {}

  /** With the status that follows from its workflow now. */
  async find(reach: ReachInTeam, id: string): Promise<ShownSchedule | null> {
    const { rows } = await this.pool.query<{ state: ScheduleState }>({
      name: 'find_schedule',
      text: `select state from schedule where id = $1 and team_id = $2 and status <> 'deleted'`,
      values: [id, reach.team.id],
    });
    const schedule = rows[0]?.state ?? null;
    const { teamId = '', workflowId = '' } = schedule ?? {};
    if (!schedule || !reaches(reach, { teamId, workflowId })) return null;
    const [shown = null] = await this.workflows.show(reach, [schedule]);
    return shown;
  }

  /** Each with the status that follows from its workflow now; `statuses` filters by it, too. */
  async list(reach: ReachInTeam, filters: ScheduleFilters): Promise<{ schedules: ShownSchedule[]; total: number }> {
    const stops = await this.stopsIn(reach, filters);
    const conditions = `team_id = $1 and status <> 'deleted' and ($2::text[] is null or type = any($2))
      and ($3::text[] is null or ${shownStatus} = any($3)) and ($4::uuid[] is null or workflow_id = any($4)) and ($5::uuid[] is null or id = any($5))`;
    const values = [
      reach.team.id,
      filters.types ?? null,
      filters.statuses ?? null,
      filters.workflows ?? null,
      filters.ids ?? null,
      stops.deleted,
      stops.inactive,
      stops.trigger,
    ];
    const [page, count] = await Promise.all([
      this.pool.query<{ id: string }>(
        `select id from schedule where ${conditions} order by creation_date, id limit $9 offset $10`,
        [...values, filters.limit, filters.page * filters.limit],
      ),
      this.pool.query<{ total: string }>(`select count(*) as total from schedule where ${conditions}`, values),
    ]);
    const ids = page.rows.map(({ id }) => id);
    const states = await readStates<ScheduleState>(this.pool, 'schedule', ids);
    return { schedules: await this.workflows.show(reach, states), total: Number(count.rows[0]?.total ?? 0) };
  }

  /** Names of the team's schedules, also of deleted ones, by id. */
  async namesOf(reach: ReachInTeam, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.pool.query<{ id: string; name: string }>({
      name: 'schedule_names',
      text: `select id, state ->> 'name' as name from schedule where team_id = $1 and id = any($2::uuid[])`,
      values: [reach.team.id, ids.filter(isId)],
    });
    return new Map(rows.map(({ id, name }) => [id, name]));
  }

  /** If the caller filters by status: the workflows of the team's schedules that make no runs for them. */
  private async stopsIn(reach: ReachInTeam, { statuses }: ScheduleFilters) {
    const stops: Record<'deleted' | 'inactive' | 'trigger', string[]> = { deleted: [], inactive: [], trigger: [] };
    if (!statuses) return stops;
    const { rows } = await this.pool.query<{ id: string }>({
      name: 'workflows_of_schedules',
      text: `select distinct workflow_id as id from schedule where team_id = $1 and status <> 'deleted'`,
      values: [reach.team.id],
    });
    const workflows = await this.workflows.of(
      reach,
      rows.map(({ id }) => id),
    );
    for (const { id, stop } of workflows) if (stop !== null) stops[stop === 'team' ? 'inactive' : stop].push(id);
    return stops;
  }
}

/**
 * The same as `shownWith`, in SQL: $6 are deleted workflows, $7 workflows that are inactive or in an inactive team, $8
 * workflows with the trigger off.
 */
const shownStatus = `case when status not in ('active', 'trigger_disabled', 'error') then status
      when workflow_id = any($6) then 'error'
      when workflow_id = any($7) then 'trigger_disabled'
      when workflow_id = any($8) and state ->> 'isTrusted' <> 'true' then 'trigger_disabled'
      when status = 'trigger_disabled' and state ->> 'nextDate' is not null then 'active'
      else status end`;

export function toScheduleBody(schedule: ShownSchedule): ScheduleBody {
  return maskAll({
    id: schedule.id,
    workflowRef: schedule.workflowName,
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
