import { QueryHandler } from '#libs/bus';
import { FindLivingAgents, FindServingTokens, type LivingAgents } from '#libs/contracts';
import { type IQueryHandler, QueryBus } from '@nestjs/cqrs';
import { type Agent, AgentStore } from './agent-store';

/** How many agents of a type are named. */
const shownAgents = 10;

@QueryHandler(FindLivingAgents)
export class FindLivingAgentsHandler implements IQueryHandler<FindLivingAgents> {
  constructor(
    private readonly agents: AgentStore,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, types }: FindLivingAgents): Promise<LivingAgents[]> {
    const living = await this.agents.living();
    const tokenIds = [...new Set(living.map(({ tokenId }) => tokenId))];
    const serving = await this.queries.execute<FindServingTokens, ReadonlySet<string>>(
      new FindServingTokens(reach, tokenIds),
    );
    const ours = living.filter(({ tokenId }) => serving.has(tokenId));
    return types.map((type) => {
      // Every agent may ask for runs.
      const takes = ours.filter(({ taskTypes }) => type === 'run' || taskTypes.includes(type));
      return {
        type,
        count: takes.length,
        agents: takes.slice(0, shownAgents).map(({ id, name }: Agent) => ({ id, name })),
      };
    });
  }
}
