import { type TaskDefinition } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import type { CatalogueStore } from '../read/catalogue-store';
import { toTask } from '../read/catalogue-store';
import { systemTasks } from './system-tasks';

/** Used as the team's id for the installation. */
export const nilId = '00000000-0000-0000-0000-000000000000';

export function nameTaken(): RefusedError {
  return new RefusedError('TASK_NON_UNIQUE_NAME', 'A task with this name already exists. Field name must be unique.');
}

/** The owner of the catalogue: a team, or the installation (null). */
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
