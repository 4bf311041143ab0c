import { QueryHandler } from '#libs/bus';
import { type QueuedItemBody, type Reach, teamIdsOf } from '#libs/contracts';
import { type Clock, CLOCK, RefusedError, toTimestamp } from '#libs/kernel';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { OverviewStore } from './overview-store';
import { ServingAgents } from './serving-agents';

/** Items that are skipped, at most. */
const mostSkipped = 10_000;

export class ListQueue extends Query<{ items: QueuedItemBody[]; total: number }> {
  constructor(
    readonly reach: Reach,
    readonly page: { readonly page: number; readonly limit: number },
  ) {
    super();
  }
}

@QueryHandler(ListQueue)
export class ListQueueHandler implements IQueryHandler<ListQueue> {
  constructor(
    private readonly store: OverviewStore,
    private readonly serving: ServingAgents,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws RefusedError QUERY_INVALID_FILTERS for a page far behind the oldest items. */
  async execute({ reach, page: { page, limit } }: ListQueue): Promise<{ items: QueuedItemBody[]; total: number }> {
    if (page * limit > mostSkipped) {
      throw new RefusedError(
        'QUERY_INVALID_FILTERS',
        `Invalid query filters have been provided. Parameter page times limit must be at most ${mostSkipped}.`,
      );
    }
    const teamIds = teamIdsOf(reach);
    const [rows, total, living] = await Promise.all([
      this.store.waiting(teamIds, page * limit, limit),
      this.store.countWaiting(teamIds),
      this.store.living(),
    ]);
    const names = await this.serving.teamNames(reach, rows);
    const agentsFor = await this.serving.counts(living, names, reach);
    const now = this.clock.now();
    const items = rows.map(({ id, kind, type, teamId, runId, since }): QueuedItemBody => ({
      id,
      kind,
      type,
      team: names.get(teamId) ?? teamId,
      workflowRunRef: runId,
      since: toTimestamp(since),
      waited: Math.max(0, Math.round(now - since)),
      agents: agentsFor(teamId, type),
    }));
    return { items, total };
  }
}
