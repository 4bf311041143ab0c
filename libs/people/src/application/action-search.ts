import { FindWorkflowIds, type ReachInTeam } from '#libs/contracts';
import type { QueryBus } from '@nestjs/cqrs';
import { type ActionFilters } from '../read/action-store';

/** Filters as a client names them: workflows by id or name. */
export type ActionSearch = ActionFilters;

export async function resolved(queries: QueryBus, reach: ReachInTeam, search: ActionSearch): Promise<ActionFilters> {
  const query = new FindWorkflowIds(reach, search.workflows);
  const workflows = await queries.execute<FindWorkflowIds, string[] | undefined>(query);
  return { ...search, ...(workflows && { workflows }) };
}
