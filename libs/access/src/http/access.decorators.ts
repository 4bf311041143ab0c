import type { FaultReason } from '#libs/kernel';
import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Permission } from '../domain';
import type { Principal } from '../domain';

/** The team that a path names. */
export interface TeamRef {
  readonly id: string;
  readonly name: string;
}

export interface AccessRule {
  readonly permission: Permission;
  /** What an unknown team, or one out of reach, is answered with. */
  readonly unreachable: FaultReason;
}

export interface GuardedRequest extends FastifyRequest {
  user?: Principal;
  team?: TeamRef;
}

export const ACCESS_RULE = 'runledger:access';
export const IS_PUBLIC = 'runledger:public';

/** What the route asks of its caller. A route without it is closed. */
export function Access(permission: Permission, options: { readonly unreachable?: FaultReason } = {}) {
  const rule: AccessRule = { permission, unreachable: options.unreachable ?? 'TEAM_INVALID_REF' };
  return SetMetadata(ACCESS_RULE, rule);
}

/** Open to everybody, without a token. */
export function Public() {
  return SetMetadata(IS_PUBLIC, true);
}

export const CurrentPrincipal = createParamDecorator((_data: unknown, context: ExecutionContext): Principal => {
  const { user } = context.switchToHttp().getRequest<GuardedRequest>();
  if (!user) throw new Error('A public route has no principal');
  return user;
});

export const CurrentTeam = createParamDecorator((_data: unknown, context: ExecutionContext): TeamRef => {
  const { team } = context.switchToHttp().getRequest<GuardedRequest>();
  if (!team) throw new Error('The path of the route names no team');
  return team;
});
