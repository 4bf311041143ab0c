import { FindWorkflowNames, type ReachInTeam, type WorkflowName } from '#libs/contracts';
import { isId, RefusedError } from '#libs/kernel';
import type { QueryBus } from '@nestjs/cqrs';
import type { ActionNames, ActionStore, StoredAction } from '../read/action-store';

/** Unknown, malformed and foreign ids have one answer. */
export async function findAction(store: ActionStore, reach: ReachInTeam, id: string): Promise<StoredAction> {
  const action = isId(id) ? await store.find(reach, id) : null;
  if (!action) throw new RefusedError('ACTION_INVALID_REF', 'Invalid Action reference has been provided.');
  return action;
}

/** Asks what is named in these actions: one query for a whole page. */
export async function namesOf(
  queries: QueryBus,
  reach: ReachInTeam,
  actions: readonly StoredAction[],
): Promise<ActionNames> {
  const ids = [...new Set(actions.map(({ workflowId }) => workflowId))];
  const query = new FindWorkflowNames(reach, ids);
  const workflows = await queries.execute<FindWorkflowNames, ReadonlyMap<string, WorkflowName>>(query);
  return { teamName: reach.team.name, workflows };
}
