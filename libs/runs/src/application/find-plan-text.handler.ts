import { QueryHandler } from '#libs/bus';
import { FindPlanText } from '#libs/contracts';
import { isId } from '#libs/kernel';
import { type IQueryHandler } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { RunCommander } from './run-commander';

@QueryHandler(FindPlanText)
export class FindPlanTextHandler implements IQueryHandler<FindPlanText> {
  constructor(
    private readonly pool: Pool,
    private readonly runs: RunCommander,
  ) {}

  async execute({ reach, runId }: FindPlanText): Promise<string | null> {
    if (!isId(runId) || !(await this.runs.findMade(reach, runId))) return null;
    const { rows } = await this.pool.query<{ body: string }>({
      name: 'find_plan_text',
      text: `select p.body from event e join plan p on p.hash = decode(e.data::jsonb ->> 'plan', 'hex')
              where e.stream_id = $1 and e.stream_version = 1`,
      values: [runId],
    });
    return rows[0]?.body ?? null;
  }
}
