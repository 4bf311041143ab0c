import { QueryHandler } from '#libs/bus';
import { FindActorNames, type HistoryPageBody, type ReachInTeam } from '#libs/contracts';
import { type HistoryFilter, readHistory, toEventBody } from '#libs/ledger';
import { maskText } from '#libs/secrets';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { shownData } from '../read/shown-event';

export class ListTeamEvents extends Query<HistoryPageBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly filter: HistoryFilter,
  ) {
    super();
  }
}

@QueryHandler(ListTeamEvents)
export class ListTeamEventsHandler implements IQueryHandler<ListTeamEvents> {
  constructor(
    private readonly pool: Pool,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, filter }: ListTeamEvents): Promise<HistoryPageBody> {
    const { events, next } = await readHistory(this.pool, reach.team.id, filter);
    const actors = [...new Set(events.map(({ metadata }) => metadata.actor))];
    const names = await this.queries.execute<FindActorNames, ReadonlyMap<string, string>>(
      new FindActorNames(reach, actors),
    );
    const bodies = events.map((event) => toEventBody(event, { names, data: shownData(event), mask: maskText }));
    return { events: bodies, ...(next !== null && { next }) };
  }
}
