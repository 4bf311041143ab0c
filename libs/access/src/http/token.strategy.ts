import { type Clock, CLOCK } from '#libs/kernel';
import { Injectable, Inject } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-custom';
import { AccessStore } from '../read/access-store';
import { type Principal, toPrincipal } from '../domain';
import { sessionTokenOf } from './session-cookie';

const tokenStrategy = 'runledger-token';

/**
 * Reads `Authorization: Bearer <token>` or `x-access-token: <token>`; on routes for webhooks, events and callbacks also
 * `?access_token=<token>`; in requests of the dashboard the cookie of its session.
 */
@Injectable()
export class TokenStrategy extends PassportStrategy(Strategy, tokenStrategy) {
  constructor(
    private readonly store: AccessStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super();
  }

  /**
   * Checks each credential separately, because a proxy may add its own, also in `Authorization`. The first valid one
   * counts.
   */
  async validate(request: FastifyRequest): Promise<Principal | false> {
    for (const credential of credentialsOf(request)) {
      const token = await this.store.findToken(credential);
      if (!token || token.revoked) continue;
      if (token.expirationDate !== null && token.expirationDate <= this.clock.now()) continue;
      return toPrincipal(token, credential);
    }
    return false;
  }
}

const bearer = /^bearer +(\S+) *$/i;

/** Routes that systems call which cannot set headers. */
const byQuery = /^\/api\/v2\/(webhook|event|callback)\/?$/;

/** The most characters that a token may have; ours have 40. */
const maxLength = 256;

/** The credentials in the request; the header `Authorization` comes first. */
function credentialsOf(request: FastifyRequest): string[] {
  const { headers, url, query } = request;
  const inUrl = byQuery.test(url.split('?', 1)[0] ?? '')
    ? (query as { access_token?: unknown }).access_token
    : undefined;
  const given = [
    bearer.exec(headers.authorization ?? '')?.[1],
    headers['x-access-token'],
    inUrl,
    sessionTokenOf(request),
  ];
  const texts = given.filter((each) => typeof each === 'string' && each !== '' && each.length <= maxLength);
  return [...new Set(texts as string[])];
}
