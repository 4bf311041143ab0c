import { QueryHandler } from '#libs/bus';
import { FindWorkflowsOfRuns, teamIdsOf } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { Pool } from 'pg';

@QueryHandler(FindWorkflowsOfRuns)
export class FindWorkflowsOfRunsHandler implements IQueryHandler<FindWorkflowsOfRuns> {
  constructor(private readonly pool: Pool) {}

  async execute({ reach, runIds }: FindWorkflowsOfRuns): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.pool.query<{ id: string; workflowId: string }>({
      name: 'workflows_of_runs',
      text: `select id, workflow_id as "workflowId" from run_status
              where id = any($1::uuid[]) and ($2::uuid[] is null or team_id = any($2)) and ($3::uuid is null or workflow_id = $3)`,
      values: [runIds, teamIdsOf(reach), reach.kind === 'workflow' ? reach.workflowId : null],
    });
    return new Map(rows.map(({ id, workflowId }) => [id, workflowId]));
  }
}
