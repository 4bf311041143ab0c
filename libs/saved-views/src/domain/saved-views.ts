import { assertNever, type Decider, type Json, RefusedError } from '#libs/kernel';

export interface ViewSettings {
  readonly name: string;
  /** Filters of the search for runs. */
  readonly filters: Json;
  /** Runs of the latest time only; null: whatever the filters say. */
  readonly period: string | null;
}

export interface SavedView extends ViewSettings {
  readonly id: string;
}

/** The views of one owner: a person in one team, or the team. */
export interface SavedViewsState {
  readonly teamId: string;
  /** Null: the team. */
  readonly person: string | null;
  /** In the order in which they were made. */
  readonly views: readonly SavedView[];
}

export interface CreateSavedView {
  readonly type: 'CreateSavedView';
  readonly now: number;
  readonly id: string;
  readonly teamId: string;
  readonly person: string | null;
  readonly settings: ViewSettings;
  readonly most: number;
}
export interface UpdateSavedView {
  readonly type: 'UpdateSavedView';
  readonly now: number;
  readonly id: string;
  readonly settings: ViewSettings;
}
export interface DeleteSavedView {
  readonly type: 'DeleteSavedView';
  readonly now: number;
  readonly id: string;
}
export type SavedViewCommand = CreateSavedView | UpdateSavedView | DeleteSavedView;

export type SavedViewEvent =
  | {
      readonly type: 'SavedViewCreated';
      readonly data: { readonly at: number; readonly teamId: string; readonly person: string | null } & SavedView;
    }
  | { readonly type: 'SavedViewUpdated'; readonly data: { readonly at: number } & SavedView }
  | { readonly type: 'SavedViewDeleted'; readonly data: { readonly at: number; readonly id: string } };

/** The answer is the same for unknown, malformed and foreign ids. */
export function unknownView(): RefusedError {
  return new RefusedError('VIEW_INVALID_REFERENCE', 'Invalid SavedView reference has been provided.');
}

/** The views of one owner are one stream: so names are unique, and there are not too many. */
export const savedViewsDecider: Decider<SavedViewsState, SavedViewCommand, SavedViewEvent> = {
  decide(state, command) {
    const views = state?.views ?? [];
    const { now: at, id } = command;
    switch (command.type) {
      case 'CreateSavedView': {
        const { teamId, person, settings, most } = command;
        if (views.length >= most) {
          throw new RefusedError(
            'QUOTA_EXCEEDED',
            `There are ${views.length} saved views of this owner already: at most ${most}. Delete one first.`,
            undefined,
            0,
          );
        }
        refuseTaken(views, settings.name);
        return [{ type: 'SavedViewCreated', data: { at, teamId, person, id, ...settings } }];
      }
      case 'UpdateSavedView': {
        const others = views.filter((view) => view.id !== id);
        if (others.length === views.length) throw unknownView();
        refuseTaken(others, command.settings.name);
        return [{ type: 'SavedViewUpdated', data: { at, id, ...command.settings } }];
      }
      case 'DeleteSavedView':
        return views.some((view) => view.id === id) ? [{ type: 'SavedViewDeleted', data: { at, id } }] : [];
      default:
        return assertNever(command);
    }
  },
  evolve(state, event) {
    if (event.type === 'SavedViewCreated') {
      const { teamId, person, id, name, filters, period } = event.data;
      return { teamId, person, views: [...(state?.views ?? []), { id, name, filters, period }] };
    }
    if (!state) throw new Error(`${event.type} cannot be the first event of saved views`);
    switch (event.type) {
      case 'SavedViewUpdated': {
        const { id, name, filters, period } = event.data;
        return { ...state, views: state.views.map((view) => (view.id === id ? { id, name, filters, period } : view)) };
      }
      case 'SavedViewDeleted':
        return { ...state, views: state.views.filter(({ id }) => id !== event.data.id) };
      default:
        return assertNever(event);
    }
  },
};

/** Upper and lower case are equal: people see no difference between two such tabs. */
function refuseTaken(views: readonly SavedView[], name: string): void {
  if (!views.some((view) => view.name.toLowerCase() === name.toLowerCase())) return;
  throw new RefusedError('VIEW_NON_UNIQUE_NAME', `Field name: there is a saved view called ${name} already.`);
}
