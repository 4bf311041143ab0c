import { QueryHandler } from '#libs/bus';
import type { ReachInTeam, SavedViewBody } from '#libs/contracts';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { SavedViewStore } from '../read/saved-view-store';
import { toSavedViewBody } from './saved-view-body';

/** The team's views, then those of the person. */
export class ListSavedViews extends Query<SavedViewBody[]> {
  constructor(
    readonly reach: ReachInTeam,
    readonly person: string | null,
  ) {
    super();
  }
}

@QueryHandler(ListSavedViews)
export class ListSavedViewsHandler implements IQueryHandler<ListSavedViews> {
  constructor(private readonly store: SavedViewStore) {}

  async execute({ reach, person }: ListSavedViews): Promise<SavedViewBody[]> {
    const owned = await this.store.list(reach, person);
    return owned.map(({ view, shared }) => toSavedViewBody(view, shared));
  }
}
