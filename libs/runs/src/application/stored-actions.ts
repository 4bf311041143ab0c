import { type ReachInTeam } from '#libs/contracts';
import { isId } from '#libs/kernel';
import { unknownAction } from '../domain';
import type { ActionStore } from '../read/action-store';
import { type StoredAction } from '../read/action-store';
import { type NamedInRun } from './run-names';

export function namedIn({ workflowId }: StoredAction): NamedInRun {
  return { workflowId, initiator: null };
}

/** Unknown, malformed and foreign ids have one answer. */
export async function findAction(store: ActionStore, reach: ReachInTeam, id: string): Promise<StoredAction> {
  const action = isId(id) ? await store.find(reach, id) : null;
  if (!action) throw unknownAction();
  return action;
}
