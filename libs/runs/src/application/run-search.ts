import { FindWorkflowIds, type ReachInTeam } from '#libs/contracts';
import { isId } from '#libs/kernel';
import type { QueryBus } from '@nestjs/cqrs';
import type { RunFilters } from '../read/run-filters';

/** Filters as a client names them: workflows by id or name, runs by whatever text was sent. */
export type RunSearch = RunFilters;

/** Ids only, since nothing else can match: what is no id, or outside a workflow token's reach, falls away. */
export async function resolveFilters(queries: QueryBus, reach: ReachInTeam, search: RunSearch): Promise<RunFilters> {
  const query = new FindWorkflowIds(reach, search.workflows);
  const workflows = await queries.execute<FindWorkflowIds, string[] | undefined>(query);
  return {
    ...search,
    ...(workflows && { workflows }),
    ...(search.runs && { runs: search.runs.filter(isId) }),
  };
}
