import { QueryHandler } from '#libs/bus';
import { type ConnectedAgentBody, type Reach, teamIdsOf } from '#libs/contracts';
import { toTimestamp } from '#libs/kernel';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { type HeldRow, OverviewStore } from './overview-store';
import { ServingAgents } from './serving-agents';

export class ListAgents extends Query<{ agents: ConnectedAgentBody[]; total: number }> {
  constructor(
    readonly reach: Reach,
    readonly page: { readonly page: number; readonly limit: number },
  ) {
    super();
  }
}

@QueryHandler(ListAgents)
export class ListAgentsHandler implements IQueryHandler<ListAgents> {
  constructor(
    private readonly store: OverviewStore,
    private readonly serving: ServingAgents,
  ) {}

  async execute({
    reach,
    page: { page, limit },
  }: ListAgents): Promise<{ agents: ConnectedAgentBody[]; total: number }> {
    const all = await this.serving.within(reach);
    const shown = all.slice(page * limit, (page + 1) * limit);
    const held = await this.store.heldBy(
      shown.map(({ id }) => id),
      teamIdsOf(reach),
    );
    const names = await this.serving.teamNames(reach, held);
    const agents = shown.map(({ id, name, host, version, taskTypes, ...times }): ConnectedAgentBody => {
      const own = held.filter(({ agentId }) => agentId === id);
      return {
        id,
        name,
        host,
        ...(version !== null && { version }),
        taskTypes: [...taskTypes],
        registered: toTimestamp(times.registered),
        lastHeard: toTimestamp(times.lastHeard),
        leaseUntil: toTimestamp(times.leaseUntil),
        held: own[0]?.held ?? 0,
        items: own.map((item) => toBody(item, names)),
      };
    });
    return { agents, total: all.length };
  }
}

function toBody(item: HeldRow, names: ReadonlyMap<string, string>): ConnectedAgentBody['items'][number] {
  const { id, kind, type, teamId, runId, state, since, leaseUntil } = item;
  return {
    id,
    kind,
    type,
    team: names.get(teamId) ?? teamId,
    workflowRunRef: runId,
    state,
    since: toTimestamp(since),
    ...(leaseUntil !== null && { leaseUntil: toTimestamp(leaseUntil) }),
  };
}
