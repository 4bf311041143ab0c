import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-custom';
import { AccessStore } from '../read/access-store';
import { type Principal, toPrincipal } from '../domain';

export const tokenStrategy = 'runledger-token';

/**
 * Reads `Authorization: Bearer <token>` or `x-access-token: <token>`; on routes for webhooks, events and callbacks also
 * `?access_token=<token>`.
 */
@Injectable()
export class TokenStrategy extends PassportStrategy(Strategy, tokenStrategy) {
  constructor(private readonly store: AccessStore) {
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
      if (token.expirationDate !== null && token.expirationDate <= Date.now()) continue;
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
function credentialsOf({ headers, url, query }: FastifyRequest): string[] {
  const inUrl = byQuery.test(url.split('?', 1)[0] ?? '')
    ? (query as { access_token?: unknown }).access_token
    : undefined;
  const given = [bearer.exec(headers.authorization ?? '')?.[1], headers['x-access-token'], inUrl];
  const texts = given.filter((each) => typeof each === 'string' && each !== '' && each.length <= maxLength);
  return [...new Set(texts as string[])];
}
