import { FindTeamOfWorkflow } from '#libs/contracts';
import { type FaultReason, RefusedError } from '#libs/kernel';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { QueryBus } from '@nestjs/cqrs';
import { AuthGuard } from '@nestjs/passport';
import { allows, memberOf, rolePermissions } from '../domain';
import { AccessStore } from '../read/access-store';
import { ACCESS_RULE, type AccessRule, type GuardedRequest, IS_PUBLIC } from './access.decorators';
import type { Principal } from '../domain';
import { tokenStrategy } from './token.strategy';

const unreachableMessages: Partial<Record<FaultReason, string>> = {
  WORKFLOWRUN_INVALID_REFERENCE: 'Invalid WorkflowRun reference has been provided.',
  WORKFLOW_INVALID_REFERENCE: 'Invalid Workflow reference has been provided.',
  TEAM_INVALID_REF: 'Invalid Team reference has been provided.',
};

/** Guards every route: a valid token, then its permission, then its reach. A route without a rule is closed to all. */
@Injectable()
export class AccessGuard extends AuthGuard(tokenStrategy) {
  constructor(
    private readonly reflector: Reflector,
    private readonly store: AccessStore,
    private readonly queries: QueryBus,
  ) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, targets)) return true;
    await super.canActivate(context);
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, targets);
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const principal = request.user;
    if (!rule || !principal) throw new RefusedError('PERMISSION_DENIED', 'This route is closed.');
    if (!allows(principal.permissions, rule.permission)) {
      throw new RefusedError('PERMISSION_DENIED', `Insufficient permission: the token needs ${rule.permission}.`);
    }
    const { team: name } = request.params as { team?: string };
    if (name !== undefined) await this.enter(request, principal, name, rule);
    return true;
  }

  override handleRequest<User>(error: unknown, user: User | false): User {
    if (error) throw error as Error;
    if (user === false || user === null || user === undefined) {
      throw new RefusedError(
        'UNAUTHORIZED',
        'A valid token is needed: send it as Authorization: Bearer <token> or as x-access-token.',
      );
    }
    return user;
  }

  /** Unknown teams and teams out of reach are answered alike. */
  private async enter(
    request: GuardedRequest,
    principal: Principal,
    name: string,
    { permission, unreachable }: AccessRule,
  ): Promise<void> {
    const team = await this.store.findTeam(name);
    if (!team || !(await this.reaches(request, principal, team.id, permission))) {
      throw new RefusedError(unreachable, unreachableMessages[unreachable] ?? 'Invalid reference has been provided.');
    }
    request.team = { id: team.id, name: team.name };
  }

  private async reaches(
    request: GuardedRequest,
    principal: Principal,
    teamId: string,
    permission: string,
  ): Promise<boolean> {
    switch (principal.type) {
      case 'global':
        return true;
      case 'team':
        return principal.principal === teamId;
      case 'workflow': {
        const query = new FindTeamOfWorkflow(principal.principal ?? '');
        return (await this.queries.execute<FindTeamOfWorkflow, string | null>(query)) === teamId;
      }
      case 'user':
      case 'session': {
        const team = await this.store.team(teamId);
        const member = team ? memberOf(team, principal.principal) : undefined;
        if (!member) return false;
        if (allows(rolePermissions[member.role], permission)) {
          request.user = { ...principal, member };
          return true;
        }
        throw new RefusedError(
          'PERMISSION_DENIED',
          `Insufficient permission: a ${member.role} of the team has no ${permission}.`,
        );
      }
    }
  }
}
