import { QueryHandler } from '#libs/bus';
import { type ActionBody, type ReachInTeam } from '#libs/contracts';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { ActionStore, toActionBody } from '../read/action-store';
import { findAction, namesOf } from './stored-actions';

export class GetAction extends Query<ActionBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly actionId: string,
  ) {
    super();
  }
}

@QueryHandler(GetAction)
export class GetActionHandler implements IQueryHandler<GetAction> {
  constructor(
    private readonly actions: ActionStore,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, actionId }: GetAction): Promise<ActionBody> {
    const action = await findAction(this.actions, reach, actionId);
    return toActionBody(action, await namesOf(this.queries, reach, [action]));
  }
}
