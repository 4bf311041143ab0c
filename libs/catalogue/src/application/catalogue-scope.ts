import { type TaskDefinition } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import type { CatalogueStore } from '../read/catalogue-store';
import { toTask } from '../read/catalogue-store';
import { systemTasks } from './system-tasks';

/** Stands for the installation where a team's id stands. */
export const nilId = '00000000-0000-0000-0000-000000000000';

export function nameTaken(): RefusedError {
  return new RefusedError('TASK_NON_UNIQUE_NAME', 'There is a task of this name already. Field name must be unique.');
}

/** Whose catalogue: a team's, or (null) the installation's. */
export interface CatalogueScope {
  readonly teamId: string | null;
}

export async function findTask(
  store: CatalogueStore,
  { teamId }: CatalogueScope,
  name: string,
  version: number | undefined,
): Promise<TaskDefinition | null> {
  const system = teamId === null ? systemTasks.find((each) => each.name === name) : undefined;
  if (system) return version === undefined || version === 1 ? system : null;
  const state = await store.find(teamId, name);
  if (!state) return null;
  const number = version ?? state.version;
  const definition = await store.revision(state.id, number);
  return definition && toTask({ state, number, definition });
}
