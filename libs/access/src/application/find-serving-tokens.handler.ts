import { type Clock, CLOCK } from '#libs/kernel';
import { QueryHandler } from '#libs/bus';
import { allows, FindServingTokens, reachIn } from '#libs/contracts';
import { Inject } from '@nestjs/common';
import { type IQueryHandler } from '@nestjs/cqrs';
import { toPrincipal } from '../domain';
import { AccessStore } from '../read/access-store';
import { ReachMaker } from '../read/reach-maker';

@QueryHandler(FindServingTokens)
export class FindServingTokensHandler implements IQueryHandler<FindServingTokens> {
  constructor(
    private readonly store: AccessStore,
    private readonly reaches: ReachMaker,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach: { team }, tokenIds }: FindServingTokens): Promise<ReadonlySet<string>> {
    const serving = new Set<string>();
    const now = this.clock.now();
    for (const token of await this.store.tokensOf(tokenIds)) {
      if (token.revoked || (token.expirationDate !== null && token.expirationDate <= now)) continue;
      const reach = reachIn(await this.reaches.of(toPrincipal(token, '')), team);
      if (reach && allows(reach.permissions, 'taskrun/action')) serving.add(token.id);
    }
    return serving;
  }
}
