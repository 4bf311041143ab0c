import { assertNever, type Decider, RefusedError } from '#libs/kernel';

export interface TaskSummary {
  readonly id: string;
  /** Null: a task of the installation, for every team. */
  readonly teamId: string | null;
  readonly name: string;
  readonly displayName: string;
  readonly type: string;
  readonly status: 'active' | 'inactive';
  readonly labels: Readonly<Record<string, string>>;
  readonly creationDate: number;
}

export interface CatalogueTaskState extends TaskSummary {
  readonly deleted: boolean;
  /** Number of the latest revision. */
  readonly version: number;
}

interface Saved {
  readonly summary: TaskSummary;
  /** The saved definition; these rules do not look into it. */
  readonly definition: unknown;
}
export type CatalogueTaskCommand =
  | ({ readonly type: 'CreateTask' } & Saved)
  /** With `replace`, the revision keeps the latest number. */
  | ({ readonly type: 'ReviseTask'; readonly replace: boolean } & Saved)
  | { readonly type: 'DeleteTask'; readonly now: number };

interface SavedData {
  readonly summary: TaskSummary;
  readonly number: number;
  readonly definition: unknown;
}
export type CatalogueTaskEvent =
  | { readonly type: 'CatalogueTaskCreated'; readonly data: SavedData }
  | { readonly type: 'CatalogueTaskRevised'; readonly data: SavedData }
  | { readonly type: 'CatalogueTaskDeleted'; readonly data: { readonly at: number } };

export function unknownTask(): RefusedError {
  return new RefusedError('TASK_INVALID_REFERENCE', 'Invalid Task reference has been provided.');
}

export const catalogueTaskDecider: Decider<CatalogueTaskState, CatalogueTaskCommand, CatalogueTaskEvent> = {
  decide(state, command) {
    if (command.type === 'CreateTask') {
      const { summary, definition } = command;
      return [{ type: 'CatalogueTaskCreated', data: { summary, number: 1, definition } }];
    }
    if (!state || state.deleted) throw unknownTask();
    switch (command.type) {
      case 'ReviseTask': {
        const { summary, definition, replace } = command;
        const number = replace ? state.version : state.version + 1;
        return [{ type: 'CatalogueTaskRevised', data: { summary, number, definition } }];
      }
      case 'DeleteTask':
        return [{ type: 'CatalogueTaskDeleted', data: { at: command.now } }];
      default:
        return assertNever(command);
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'CatalogueTaskCreated':
      case 'CatalogueTaskRevised':
        return { ...event.data.summary, deleted: false, version: event.data.number };
      case 'CatalogueTaskDeleted':
        if (!state) throw new Error('CatalogueTaskDeleted cannot be the first event of a task');
        return { ...state, deleted: true };
      default:
        return assertNever(event);
    }
  },
};
