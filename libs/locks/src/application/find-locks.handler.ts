import { QueryHandler } from '#libs/bus';
import { FindLocks, type LockQueue } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { Locks } from './locks';

@QueryHandler(FindLocks)
export class FindLocksHandler implements IQueryHandler<FindLocks> {
  constructor(private readonly locks: Locks) {}

  async execute({ reach, keys }: FindLocks): Promise<LockQueue[]> {
    const found = await Promise.all(keys.map((key) => this.locks.protocol.find(reach.team.id, key)));
    return found.flatMap((lock) => (lock ? [{ key: lock.key, holder: lock.holder, queue: lock.queue }] : []));
  }
}
