import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-custom';
import { AccessStore } from '../read/access-store';
import { type Principal, toPrincipal } from '../domain';

export const tokenStrategy = 'runledger-token';

/** `Authorization: Bearer <token>`, or `x-access-token: <token>`. */
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

function credentialOf({ headers }: FastifyRequest): string | null {
  const given =
    headers.authorization === undefined ? headers['x-access-token'] : bearer.exec(headers.authorization)?.[1];
  return typeof given === 'string' && given.length <= 256 ? given : null;
}
