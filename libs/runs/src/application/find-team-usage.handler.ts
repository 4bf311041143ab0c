import { QueryHandler } from '#libs/bus';
import { FindTeamUsage, type TeamUsage } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { Pool } from 'pg';

@QueryHandler(FindTeamUsage)
export class FindTeamUsageHandler implements IQueryHandler<FindTeamUsage> {
  constructor(private readonly pool: Pool) {}

  async execute({ reach }: FindTeamUsage): Promise<TeamUsage> {
    const { rows } = await this.pool.query<{ live: string; monthly: string }>({
      name: 'team_usage',
      text: 'select team_live_runs($1) as live, team_monthly_runs($1) as monthly',
      values: [reach.team.id],
    });
    return { liveRuns: Number(rows[0]?.live ?? 0), monthlyRuns: Number(rows[0]?.monthly ?? 0) };
  }
}
