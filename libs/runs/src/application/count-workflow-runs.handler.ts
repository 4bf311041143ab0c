import { QueryHandler } from '#libs/bus';
import { type ReachInTeam } from '#libs/contracts';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { countByDay, toStatusCounts } from '../read/count-runs';
import { LabelInterest } from './label-interest';
import { type RunSearch, resolveFilters } from './run-search';

export class CountWorkflowRuns extends Query<Record<string, number>> {
  constructor(
    readonly reach: ReachInTeam,
    readonly search: RunSearch,
  ) {
    super();
  }
}

@QueryHandler(CountWorkflowRuns)
export class CountWorkflowRunsHandler implements IQueryHandler<CountWorkflowRuns> {
  constructor(
    private readonly pool: Pool,
    private readonly queries: QueryBus,
    private readonly interest: LabelInterest,
  ) {}

  async execute({ reach, search }: CountWorkflowRuns): Promise<Record<string, number>> {
    const filters = await resolveFilters(this.queries, reach, search);
    return toStatusCounts(await countByDay(this.pool, reach, filters, this.interest.note));
  }
}
