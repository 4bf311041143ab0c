import { QueryHandler } from '#libs/bus';
import { type ActionBody, type ReachInTeam } from '#libs/contracts';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { type ActionPage, ActionStore, type FoundActions, toActionBody } from '../read/action-store';
import { type ActionSearch, resolved } from './action-search';
import { namesOf } from './stored-actions';

export class SearchActions extends Query<FoundActions<ActionBody>> {
  constructor(
    readonly reach: ReachInTeam,
    readonly search: ActionSearch,
    readonly page: ActionPage,
  ) {
    super();
  }
}

@QueryHandler(SearchActions)
export class SearchActionsHandler implements IQueryHandler<SearchActions> {
  constructor(
    private readonly actions: ActionStore,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, search, page }: SearchActions): Promise<FoundActions<ActionBody>> {
    const found = await this.actions.search(reach, await resolved(this.queries, reach, search), page);
    const { actions } = found;
    const names = await namesOf(this.queries, reach, actions);
    return { ...found, actions: actions.map((action) => toActionBody(action, names)) };
  }
}
