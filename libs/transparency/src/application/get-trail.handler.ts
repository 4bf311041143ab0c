import { QueryHandler } from '#libs/bus';
import type { Reach, TrailBody } from '#libs/contracts';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { TreeStore } from '../read/tree-store';

/** How far the trail is. */
export class GetTrail extends Query<TrailBody> {
  constructor(readonly reach: Reach) {
    super();
  }
}

@QueryHandler(GetTrail)
export class GetTrailHandler implements IQueryHandler<GetTrail> {
  constructor(private readonly store: TreeStore) {}

  async execute(): Promise<TrailBody> {
    const [size, checkpoint, work] = await Promise.all([
      this.store.size(),
      this.store.latestCheckpoint(),
      this.store.work(),
    ]);
    const signed = checkpoint && { origin: checkpoint.origin, key: checkpoint.key, size: checkpoint.size };
    return { size, signed, parts: [...work] };
  }
}
