import { QueryHandler } from '#libs/bus';
import { type ActionBody, type ReachInTeam } from '#libs/contracts';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { type ActionPage, ActionStore, toActionBody } from '../read/action-store';
import { RunNames } from './run-names';
import { type ActionSearch, resolved } from './action-search';
import { namedIn } from './stored-actions';

export class SearchActions extends Query<{ actions: ActionBody[]; total: number }> {
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
    private readonly names: RunNames,
  ) {}

  async execute({ reach, search, page }: SearchActions): Promise<{ actions: ActionBody[]; total: number }> {
    const { actions, total } = await this.actions.search(reach, await resolved(this.queries, reach, search), page);
    const names = await this.names.of(reach, actions.map(namedIn));
    return { actions: actions.map((action) => toActionBody(action, names)), total };
  }
}
