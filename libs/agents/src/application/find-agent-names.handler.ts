import { QueryHandler } from '#libs/bus';
import { FindAgentNames } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { AgentStore } from './agent-store';

@QueryHandler(FindAgentNames)
export class FindAgentNamesHandler implements IQueryHandler<FindAgentNames> {
  constructor(private readonly agents: AgentStore) {}

  execute({ ids }: FindAgentNames): Promise<ReadonlyMap<string, string>> {
    return this.agents.namesOf(ids);
  }
}
