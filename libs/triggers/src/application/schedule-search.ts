import { FindWorkflowIds, type ReachInTeam } from '#libs/contracts';
import { isId } from '#libs/kernel';
import type { QueryBus } from '@nestjs/cqrs';
import { type ScheduleFilters } from '../read/schedule-store';

/** Workflows by name or id, schedules by any text. */
export type ScheduleSearch = ScheduleFilters;

export async function resolved(
  queries: QueryBus,
  reach: ReachInTeam,
  search: ScheduleSearch,
): Promise<ScheduleFilters> {
  const query = new FindWorkflowIds(reach, search.workflows);
  const workflows = await queries.execute<FindWorkflowIds, string[] | undefined>(query);
  return {
    ...search,
    ...(workflows && { workflows }),
    ...(search.ids && { ids: search.ids.filter(isId) }),
  };
}
