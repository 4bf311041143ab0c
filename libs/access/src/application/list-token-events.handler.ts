import { QueryHandler } from '#libs/bus';
import type { HistoryPageBody, Reach } from '#libs/contracts';
import { isId } from '#libs/kernel';
import { type HistoryFilter, readHistory, toEventBody } from '#libs/ledger';
import { maskText } from '#libs/secrets';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { type Principal, unknownToken } from '../domain';
import { AccessStore } from '../read/access-store';
import { shownData } from '../read/shown-event';
import { hasSayOver } from '../read/token-reach';

/** Also of a revoked token: who made it, with which permissions, and who revoked it. */
export class ListTokenEvents extends Query<HistoryPageBody> {
  constructor(
    readonly reach: Reach,
    readonly tokenId: string,
    readonly principal: Principal,
    readonly filter: HistoryFilter,
  ) {
    super();
  }
}

@QueryHandler(ListTokenEvents)
export class ListTokenEventsHandler implements IQueryHandler<ListTokenEvents> {
  constructor(
    private readonly pool: Pool,
    private readonly store: AccessStore,
  ) {}

  async execute({ reach, tokenId, principal, filter }: ListTokenEvents): Promise<HistoryPageBody> {
    const [token] = isId(tokenId) ? await this.store.tokensOf([tokenId]) : [];
    if (!token || !hasSayOver(reach, principal, token, 'token/read')) throw unknownToken();
    const { events, next } = await readHistory(this.pool, token.id, filter);
    const ids = events.flatMap(({ metadata: { actor } }) => (actor.startsWith('token:') ? [actor.slice(6)] : []));
    const named = await this.store.tokenNames([...new Set(ids)]);
    const names = new Map([...named].map(([id, name]) => [`token:${id}`, name]));
    const bodies = events.map((event) => toEventBody(event, { names, data: shownData(event), mask: maskText }));
    return { events: bodies, ...(next !== null && { next }) };
  }
}
