import { type Clock, CLOCK } from '#libs/kernel';
import { QueryHandler } from '#libs/bus';
import { allows, FindReachOfToken, type ReachInTeam, reachIn } from '#libs/contracts';
import { Inject } from '@nestjs/common';
import { type IQueryHandler } from '@nestjs/cqrs';
import { toPrincipal } from '../domain';
import { AccessStore } from '../read/access-store';
import { ReachMaker } from '../read/reach-maker';

@QueryHandler(FindReachOfToken)
export class FindReachOfTokenHandler implements IQueryHandler<FindReachOfToken> {
  constructor(
    private readonly store: AccessStore,
    private readonly reaches: ReachMaker,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ tokenId, teamId, permission }: FindReachOfToken): Promise<ReachInTeam | null> {
    const [token] = await this.store.tokensOf([tokenId]);
    const team = await this.store.teamRef(teamId);
    if (!token || !team || token.revoked) return null;
    if (token.expirationDate !== null && token.expirationDate <= this.clock.now()) return null;
    const reach = reachIn(await this.reaches.of(toPrincipal(token, '')), team);
    return reach && allows(reach.permissions, permission) ? reach : null;
  }
}
