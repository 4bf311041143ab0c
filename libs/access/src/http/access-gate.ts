import { allows, type Reach, reachIn, reachWith, type TeamRef } from '#libs/contracts';
import { reasonOf } from '#libs/http';
import { type FaultReason, RefusedError } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import passport from 'passport';
import { PersonalValues, type Subject } from '#libs/personal';
import { actorOf, personOf, type Principal, unknownTeam } from '../domain';
import { ReachMaker } from '../read/reach-maker';
import { Reasons } from '../read/reasons';
import type { AccessConfig, AccessRule, GuardedRequest } from './access.decorators';
import { hasForeignSession, sessionHeader } from './session-cookie';
import { TokenStrategy } from './token.strategy';

const unreachableMessages: Partial<Record<FaultReason, string>> = {
  WORKFLOWRUN_INVALID_REFERENCE: 'Invalid WorkflowRun reference has been provided.',
  WORKFLOW_INVALID_REFERENCE: 'Invalid Workflow reference has been provided.',
  TEAM_INVALID_REF: 'Invalid Team reference has been provided.',
};

/**
 * Checks requests before their bodies are read: a valid token, then its permission, then its reach. This is the only
 * place that decides what a request may access.
 */
@Injectable()
export class AccessGate {
  /** The name of the operation that a request is for. */
  operationOf: (request: FastifyRequest) => string | undefined = () => undefined;

  constructor(
    private readonly strategy: TokenStrategy,
    private readonly reaches: ReachMaker,
    private readonly reasons: Reasons,
    private readonly personal: PersonalValues,
  ) {}

  async admit(request: GuardedRequest, reply: FastifyReply): Promise<void> {
    const { access: rule } = request.routeOptions.config as AccessConfig;
    if (!rule) return;
    if (rule.isOpenToLoopback && isLocal(request)) return;
    if (rule.acts) refuseIdleReader(request);
    const principal = await this.authenticate(request, reply);
    request.user = principal;
    if (principal.teamId !== null) await this.keepReason(request, principal.teamId);
    if (rule.permission !== null && !allows(principal.permissions, rule.permission)) {
      await this.noteTeam(request, principal);
      throw denied(`the token needs ${rule.permission}.`);
    }
    request.reach = await this.reachOf(request, principal, rule);
    const isReading = request.method === 'GET' && !rule.acts;
    if (!isReading) request.sealPersonal = await this.sealOf(request);
  }

  /** What seals the sender's address: in each team, a person has a key of their own. */
  async sealOf({ user, reach, pathTeam }: GuardedRequest): Promise<(value: string) => string> {
    const key = await this.personal.key(subjectOf(user, teamOf(reach) ?? pathTeam?.id ?? user?.teamId ?? null));
    return (value) => this.personal.sealWith(key, value);
  }

  /**
   * Uses Passport, with a copy of the strategy for each request, because Passport stores the request's callbacks on it.
   */
  private authenticate(request: FastifyRequest, reply: FastifyReply): Promise<Principal> {
    const strategy = Object.create(this.strategy) as TokenStrategy;
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, principal: Principal | false | null | undefined): void => {
        if (error) reject(error);
        else if (principal) resolve(principal);
        else reject(unauthorized(request));
      };
      const middleware = passport.authenticate(strategy, { session: false }, done) as Middleware;
      middleware(request, reply, reject);
    });
  }

  private async reachOf(request: GuardedRequest, principal: Principal, rule: AccessRule): Promise<Reach> {
    const whole = await this.reaches.of(principal);
    const { team: name } = request.params as { team?: string };
    const reach =
      name !== undefined
        ? await this.enter(request, principal, whole, name, rule)
        : rule.isOwn || rule.permission === null
          ? whole
          : reachWith(whole, rule.permission);
    if (!reach) throw denied(`the token does not have ${String(rule.permission)} anywhere.`);
    if (rule.installation !== undefined && whole.kind !== 'installation') throw denied(rule.installation);
    return reach;
  }

  /** Remembers the team in the path for who hears of the refusal, if the caller may know of it. */
  private async noteTeam(request: GuardedRequest, principal: Principal): Promise<void> {
    const { team: name } = request.params as { team?: string };
    const team = name === undefined ? null : await this.reaches.teamNamed(name);
    if (team && reachIn(await this.reaches.of(principal), team)) await this.enterPath(request, team);
  }

  private async enterPath(request: GuardedRequest, team: TeamRef): Promise<void> {
    request.pathTeam = team;
    await this.keepReason(request, team.id);
  }

  /** A reason that is not well-formed is refused later, by what would store it. */
  private async keepReason(request: GuardedRequest, teamId: string): Promise<void> {
    if (request.headers['x-reason'] === undefined) return;
    let reason: string | undefined;
    try {
      reason = reasonOf(request);
    } catch {
      return;
    }
    if (reason !== undefined) request.keptReason = await this.reasons.kept(teamId, reason);
  }

  /**
   * The answer is the same for unknown teams and teams out of reach. A caller who may see a renamed team gets its new
   * name.
   */
  private async enter(
    request: GuardedRequest,
    principal: Principal,
    whole: Reach,
    name: string,
    { permission, unreachable }: AccessRule,
  ): Promise<Reach> {
    const team = await this.reaches.teamNamed(name);
    const reach = team && reachIn(whole, team);
    if (!reach) {
      const renamed = team ? null : await this.reaches.teamFormerlyNamed(name);
      if (renamed && reachIn(whole, renamed)) throw unknownTeam(renamed.name);
      throw new RefusedError(unreachable, unreachableMessages[unreachable] ?? 'Invalid reference has been provided.');
    }
    await this.enterPath(request, team);
    const person = personOf(principal);
    const member = person === null ? undefined : await this.reaches.memberIn(team.id, person);
    if (permission !== null && !allows(reach.permissions, permission)) {
      throw denied(
        member ? `a ${member.role} of the team does not have ${permission}.` : `the token needs ${permission}.`,
      );
    }
    if (member) request.user = { ...principal, member };
    await this.reasons.require(team.id, this.operationOf(request), () => reasonOf(request));
    return reach;
  }
}

type Middleware = (request: FastifyRequest, reply: FastifyReply, next: (error: unknown) => void) => void;

/** Runs the gate for every request. Call it before the routes are created. `operationOf`: the name of a request's operation in the API. */
export function guardRequests(
  app: NestFastifyApplication,
  operationOf: (request: FastifyRequest) => string | undefined,
): void {
  const gate = app.get(AccessGate);
  gate.operationOf = operationOf;
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply) => gate.admit(request, reply));
}

function teamOf(reach: Reach | undefined): string | undefined {
  return reach?.kind === 'team' || reach?.kind === 'workflow' ? reach.team.id : undefined;
}

function subjectOf(user: Principal | undefined, teamId: string | null): Subject {
  if (!user) return { teamId, name: 'anonymous' };
  const { member } = user;
  return { teamId, name: actorOf(user), ...(member && { owner: `user:${member.id}` }) };
}

/** Whether the request comes from this machine: by the address of its socket. One that says for whom it was forwarded comes from elsewhere. */
function isLocal({ raw: { socket }, headers }: FastifyRequest): boolean {
  const address = socket.remoteAddress ?? '';
  const isLoopback = address === '::1' || /^(::ffff:)?127\./.test(address);
  return isLoopback && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined;
}

/** A prefetch must not call a GET that changes something. */
function refuseIdleReader({ method, headers }: FastifyRequest): void {
  if (method === 'HEAD') throw new RefusedError('METHOD_NOT_ALLOWED', 'Method HEAD is not allowed here: use GET.');
  const purposes = [headers['sec-purpose'], headers['purpose'], headers['x-purpose'], headers['x-moz']].flat();
  if (purposes.some((purpose) => /prefetch|prerender|preview/i.test(purpose ?? ''))) {
    throw new RefusedError('BAD_REQUEST', 'This request changes something, so it cannot be prefetched.');
  }
}

function unauthorized(request: FastifyRequest): RefusedError {
  if (hasForeignSession(request)) {
    return new RefusedError(
      'UNAUTHORIZED',
      `The session's cookie counts only with the header ${sessionHeader}: 1, in a request of a page of this server.`,
    );
  }
  return new RefusedError(
    'UNAUTHORIZED',
    'A valid token is needed: send it as Authorization: Bearer <token> or as x-access-token.',
  );
}

function denied(why: string): RefusedError {
  return new RefusedError('PERMISSION_DENIED', `Insufficient permission: ${why}`);
}
