import type { InstallationReach, Permission, Reach, ReachInTeam } from '#libs/contracts';
import { addRouteConfig } from '#libs/http';
import type { FaultReason } from '#libs/kernel';
import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../domain';

/** What a route asks of its caller. */
export interface AccessRule {
  readonly permission: Permission;
  /** What an unknown team, or one out of reach, is answered with. */
  readonly unreachable: FaultReason;
  /** The route is about the caller alone, so the token's own permissions count, whatever it reaches. */
  readonly isOwn: boolean;
  /** The route is for global tokens alone: why, as a sentence. */
  readonly installation?: string;
  /** The route is a GET that changes something: HEAD and prefetches are refused. */
  readonly acts: boolean;
}

export interface GuardedRequest extends FastifyRequest {
  user?: Principal;
  /** As far as it has the route's permission, and within the team that the path names. */
  reach?: Reach;
}

/** The part of a Fastify route's `config` that access looks at. */
export interface AccessConfig {
  readonly access?: AccessRule;
}

export const IS_PUBLIC = 'runledger:public';

type AccessOptions = Partial<Omit<AccessRule, 'permission'>>;

/** What the route asks of its caller. A route without it is closed. */
export function Access(permission: Permission, options: AccessOptions = {}): MethodDecorator {
  const access: AccessRule = { permission, unreachable: 'TEAM_INVALID_REF', isOwn: false, acts: false, ...options };
  return addRouteConfig({ access, acts: access.acts });
}

/** Open to everybody, without a token. */
export function Public() {
  return applyDecorators(SetMetadata(IS_PUBLIC, true));
}

export const CurrentPrincipal = createParamDecorator((_data: unknown, context: ExecutionContext): Principal => {
  const { user } = context.switchToHttp().getRequest<GuardedRequest>();
  if (!user) throw new Error('A public route has no principal');
  return user;
});

/** What the caller may touch by this route. */
export const CurrentReach = createParamDecorator((_data: unknown, context: ExecutionContext): Reach => {
  const { reach } = context.switchToHttp().getRequest<GuardedRequest>();
  if (!reach) throw new Error('A public route has no reach');
  return reach;
});

/** The same on a route for global tokens alone. */
export const CurrentInstallation = createParamDecorator(
  (_data: unknown, context: ExecutionContext): InstallationReach => {
    const { reach } = context.switchToHttp().getRequest<GuardedRequest>();
    if (reach?.kind !== 'installation') throw new Error('The route is not for global tokens alone');
    return reach;
  },
);

/** The same on a route whose path names a team. */
export const CurrentTeamReach = createParamDecorator((_data: unknown, context: ExecutionContext): ReachInTeam =>
  teamReachOf(context.switchToHttp().getRequest<GuardedRequest>()),
);

function teamReachOf({ reach }: GuardedRequest): ReachInTeam {
  if (reach?.kind !== 'team' && reach?.kind !== 'workflow') throw new Error('The path of the route names no team');
  return reach;
}
