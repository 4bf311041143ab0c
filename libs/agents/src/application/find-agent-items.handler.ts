import { QueryHandler } from '#libs/bus';
import { type AgentItem, FindAgentItems } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { QueueStore } from './queue-store';

@QueryHandler(FindAgentItems)
export class FindAgentItemsHandler implements IQueryHandler<FindAgentItems> {
  constructor(private readonly queue: QueueStore) {}

  execute({ reach, ids }: FindAgentItems): Promise<AgentItem[]> {
    return this.queue.itemsOf(reach.team.id, ids);
  }
}
