import { FindTeamOfRun, FindTeamUsage, type TeamUsage } from '#libs/contracts';
import { isId } from '#libs/kernel';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { Pool } from 'pg';

@QueryHandler(FindTeamUsage)
export class FindTeamUsageHandler implements IQueryHandler<FindTeamUsage> {
  constructor(private readonly pool: Pool) {}

  async execute({ teamId }: FindTeamUsage): Promise<TeamUsage> {
    const { rows } = await this.pool.query<{ live: string; monthly: string }>({
      name: 'team_usage',
      text: 'select team_live_runs($1) as live, team_monthly_runs($1) as monthly',
      values: [teamId],
    });
    return { liveRuns: Number(rows[0]?.live ?? 0), monthlyRuns: Number(rows[0]?.monthly ?? 0) };
  }
}

@QueryHandler(FindTeamOfRun)
export class FindTeamOfRunHandler implements IQueryHandler<FindTeamOfRun> {
  constructor(private readonly pool: Pool) {}

  async execute({ runId }: FindTeamOfRun): Promise<string | null> {
    if (!isId(runId)) return null;
    const { rows } = await this.pool.query<{ team_id: string }>({
      name: 'team_of_run',
      text: 'select team_id from workflow_run where id = $1',
      values: [runId],
    });
    return rows[0]?.team_id ?? null;
  }
}
