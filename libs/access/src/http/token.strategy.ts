import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-custom';
import { AccessStore } from '../read/access-store';
import { type Principal, toPrincipal } from '../domain';

export const tokenStrategy = 'runledger-token';

/** `Authorization: Bearer <token>`, or `x-access-token: <token>`; for what comes from outside also `?access_token=<token>`. */
@Injectable()
export class TokenStrategy extends PassportStrategy(Strategy, tokenStrategy) {
  constructor(private readonly store: AccessStore) {
    super();
  }

  async validate(request: FastifyRequest): Promise<Principal | false> {
    const credential = credentialOf(request);
    if (credential === null) return false;
    const token = await this.store.findToken(credential);
    if (!token || token.revoked) return false;
    if (token.expirationDate !== null && token.expirationDate <= Date.now()) return false;
    return toPrincipal(token, credential);
  }
}

const bearer = /^bearer +(\S+) *$/i;

/** Routes that are called by systems which cannot set headers. */
const byQuery = /^\/api\/v2\/(webhook|event|callback)\/?$/;

function credentialOf({ headers, url, query }: FastifyRequest): string | null {
  const given =
    headers.authorization !== undefined
      ? bearer.exec(headers.authorization)?.[1]
      : (headers['x-access-token'] ??
        (byQuery.test(url.split('?', 1)[0] ?? '') ? (query as { access_token?: unknown }).access_token : undefined));
  return typeof given === 'string' && given.length <= 256 ? given : null;
}
