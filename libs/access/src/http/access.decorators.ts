import type { InstallationReach, Permission, Reach, ReachInTeam, TeamRef } from '#libs/contracts';
import { addRouteConfig } from '#libs/http';
import type { FaultReason } from '#libs/kernel';
import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../domain';

/** What a route requires of its caller. */
export interface AccessRule {
  /** null: any valid token will do. */
  readonly permission: Permission | null;
  /** The error for a team that is unknown or out of reach. */
  readonly unreachable: FaultReason;
  /** The route only concerns the caller, so the token's own permissions count, for any reach. */
  readonly isOwn: boolean;
  /** Only global tokens may use the route; a sentence that says why. */
  readonly installation?: string;
  /** Requests that come to the loopback address, and not through a proxy, need no token. The route is `Public` to the guard. */
  readonly isOpenToLoopback?: boolean;
  /** The route is a GET that changes something: it refuses HEAD and prefetches. */
  readonly acts: boolean;
}

export interface GuardedRequest extends FastifyRequest {
  user?: Principal;
  /** The team in the path, where the caller may know of it. */
  pathTeam?: TeamRef;
  /** `X-Reason` without secrets of the team that the request is about, where the gate knows it. */
  keptReason?: string;
  /** Seals what is personal of the sender; absent where the request changes nothing. */
  sealPersonal?: (value: string) => string;
  /** Limited to the route's permission, and to the team in the path. */
  reach?: Reach;
}

/** The part of a Fastify route's `config` that access reads. */
export interface AccessConfig {
  readonly access?: AccessRule;
}

export const IS_PUBLIC = 'runledger:public';

type AccessOptions = Partial<Omit<AccessRule, 'permission'>>;

/** What the route requires of its caller. A route without this decorator is closed. */
export function Access(permission: Permission | null, options: AccessOptions = {}): MethodDecorator {
  const access: AccessRule = { permission, unreachable: 'TEAM_INVALID_REF', isOwn: false, acts: false, ...options };
  return addRouteConfig({ access, acts: access.acts });
}

/** Every valid token may call the route, whatever it is for: the route only concerns the token itself. */
export function AnyToken(): MethodDecorator {
  return Access(null, { isOwn: true });
}

/** Everybody may call the route, without a token. */
export function Public() {
  return applyDecorators(SetMetadata(IS_PUBLIC, true));
}

export const CurrentPrincipal = createParamDecorator((_data: unknown, context: ExecutionContext): Principal => {
  const { user } = context.switchToHttp().getRequest<GuardedRequest>();
  if (!user) throw new Error('A public route has no principal');
  return user;
});

/** What the caller may access on this route. */
export const CurrentReach = createParamDecorator((_data: unknown, context: ExecutionContext): Reach => {
  const { reach } = context.switchToHttp().getRequest<GuardedRequest>();
  if (!reach) throw new Error('A public route has no reach');
  return reach;
});

/** The caller's reach on a route that is only for global tokens. */
export const CurrentInstallation = createParamDecorator(
  (_data: unknown, context: ExecutionContext): InstallationReach => {
    const { reach } = context.switchToHttp().getRequest<GuardedRequest>();
    if (reach?.kind !== 'installation') throw new Error('The route is not for global tokens alone');
    return reach;
  },
);

/** The caller's reach on a route with a team in its path. */
export const CurrentTeamReach = createParamDecorator((_data: unknown, context: ExecutionContext): ReachInTeam =>
  teamReachOf(context.switchToHttp().getRequest<GuardedRequest>()),
);

function teamReachOf({ reach }: GuardedRequest): ReachInTeam {
  if (reach?.kind !== 'team' && reach?.kind !== 'workflow') throw new Error('The path of the route names no team');
  return reach;
}
