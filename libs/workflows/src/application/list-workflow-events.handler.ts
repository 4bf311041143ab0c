import { QueryHandler } from '#libs/bus';
import { FindActorNames, type HistoryPageBody, type ReachInTeam } from '#libs/contracts';
import { type HistoryFilter, readHistory, toEventBody } from '#libs/ledger';
import { maskText } from '#libs/secrets';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { shownData } from '../read/shown-save';
import { WorkflowStore } from '../read/workflow-store';

export class ListWorkflowEvents extends Query<HistoryPageBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly nameOrId: string,
    readonly filter: HistoryFilter,
  ) {
    super();
  }
}

@QueryHandler(ListWorkflowEvents)
export class ListWorkflowEventsHandler implements IQueryHandler<ListWorkflowEvents> {
  constructor(
    private readonly pool: Pool,
    private readonly store: WorkflowStore,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, nameOrId, filter }: ListWorkflowEvents): Promise<HistoryPageBody> {
    const { id } = await this.store.getEvenDeleted(reach, nameOrId);
    const { events, next } = await readHistory(this.pool, id, filter);
    const actors = [...new Set(events.map(({ metadata }) => metadata.actor))];
    const names = await this.queries.execute<FindActorNames, ReadonlyMap<string, string>>(
      new FindActorNames(reach, actors),
    );
    const bodies = events.map((event) => toEventBody(event, { names, data: shownData(event), mask: maskText }));
    return { events: bodies, ...(next !== null && { next }) };
  }
}
