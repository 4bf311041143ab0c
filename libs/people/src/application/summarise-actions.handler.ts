import { QueryHandler } from '#libs/bus';
import { type ActionSummaryBody, type ReachInTeam } from '#libs/contracts';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { ActionStore } from '../read/action-store';
import { type ActionSearch, resolved } from './action-search';

export class SummariseActions extends Query<ActionSummaryBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly search: ActionSearch,
  ) {
    super();
  }
}

@QueryHandler(SummariseActions)
export class SummariseActionsHandler implements IQueryHandler<SummariseActions> {
  constructor(
    private readonly actions: ActionStore,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, search }: SummariseActions): Promise<ActionSummaryBody> {
    return this.actions.summary(reach, await resolved(this.queries, reach, search));
  }
}
