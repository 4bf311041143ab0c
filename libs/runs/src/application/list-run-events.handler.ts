import { QueryHandler } from '#libs/bus';
import { FindActorNames, type HistoryPageBody, type ReachInTeam } from '#libs/contracts';
import { type HistoryFilter, readHistory } from '#libs/ledger';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { ShownEvents } from '../read/shown-event';
import { toRunEventBody } from './live/live-events';
import { runUpcasters } from './run-category';
import { RunCommander } from './run-commander';

export class ListRunEvents extends Query<HistoryPageBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly runId: string,
    readonly filter: HistoryFilter,
  ) {
    super();
  }
}

@QueryHandler(ListRunEvents)
export class ListRunEventsHandler implements IQueryHandler<ListRunEvents> {
  constructor(
    private readonly pool: Pool,
    private readonly runs: RunCommander,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, runId, filter }: ListRunEvents): Promise<HistoryPageBody> {
    const shown = new ShownEvents(await this.runs.find(reach, runId));
    const { events, next } = await readHistory(this.pool, runId, filter, runUpcasters);
    const actors = [...new Set(events.map(({ metadata }) => metadata.actor))];
    const names = await this.queries.execute<FindActorNames, ReadonlyMap<string, string>>(
      new FindActorNames(reach, actors),
    );
    const bodies = events.map((event) => toRunEventBody(event, shown, names));
    return { events: bodies, ...(next !== null && { next }) };
  }
}
