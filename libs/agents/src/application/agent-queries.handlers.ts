import { FindAgentsOfToken } from '#libs/contracts';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { AgentStore } from '../read/agent-store';

@QueryHandler(FindAgentsOfToken)
export class FindAgentsOfTokenHandler implements IQueryHandler<FindAgentsOfToken> {
  constructor(private readonly agents: AgentStore) {}

  execute({ tokenId }: FindAgentsOfToken): Promise<string[]> {
    return this.agents.idsOfToken(tokenId);
  }
}
