import type { Reach } from '#libs/contracts';
import { PersonalKey, type PersonalValues } from '#libs/personal';
import { Reflector } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { FastifyReply } from 'fastify';
import type { Principal } from '../domain';
import type { ReachMaker } from '../read/reach-maker';
import type { Reasons } from '../read/reasons';
import { type AccessRule, type GuardedRequest, IS_PUBLIC } from './access.decorators';
import { AccessGate } from './access-gate';
import { AccessGuard } from './access.guard';
import type { TokenStrategy } from './token.strategy';

const alpha = { id: 'a', name: 'alpha' };
const beta = { id: 'b', name: 'beta' };
const teamReach = (team: typeof alpha, permissions: string[]) => ({
  ...{ kind: 'team' as const, team, permissions, ofInstallation: false },
});
const principal: Principal = {
  ...{ tokenId: 't', type: 'user', principal: 'ed', teamId: null, name: null, credential: 'c' },
  permissions: ['**/**'],
};
const rule: AccessRule = { permission: 'workflow/write', unreachable: 'TEAM_INVALID_REF', isOwn: false, acts: false };

/** What the gate makes of a request: the reach, or why it is refused. */
async function admit(
  whole: Reach,
  {
    team,
    access = rule,
    user = principal,
    ...more
  }: Partial<Omit<GuardedRequest, 'user'>> & {
    team?: string;
    access?: AccessRule | undefined;
    user?: Principal | false;
  } = {},
): Promise<unknown> {
  // As Passport uses a strategy: on a copy that has its callbacks.
  const strategy = {
    authenticate(this: { success(found: Principal): void; fail(): void }) {
      if (user) this.success(user);
      else this.fail();
    },
  } as unknown as TokenStrategy;
  const teams = [alpha, beta];
  const reaches = {
    of: () => Promise.resolve(whole),
    teamNamed: (name: string) => Promise.resolve(teams.find((each) => each.name === name) ?? null),
    teamFormerlyNamed: (name: string) => Promise.resolve(name === 'old-alpha' ? alpha : null),
    memberIn: (_team: string, person: string) =>
      Promise.resolve(person === 'ed' ? { id: 'ed', name: 'Ed', email: null, role: 'editor' } : undefined),
  } as unknown as ReachMaker;
  const reasons = { require: () => Promise.resolve(), kept: (_: string, reason: string) => Promise.resolve(reason) };
  const personal = { key: () => Promise.resolve(PersonalKey.random()) } as unknown as PersonalValues;
  const request = {
    ...{
      method: 'POST',
      headers: {},
      params: team === undefined ? {} : { team },
      routeOptions: { config: { access } },
    },
    ...more,
  } as unknown as GuardedRequest;
  try {
    await new AccessGate(strategy, reaches, reasons as unknown as Reasons, personal).admit(request, {} as FastifyReply);
    return request.reach;
  } catch (error) {
    return (error as Error).message;
  }
}

const member: Reach = { kind: 'member', teams: [teamReach(alpha, ['**/**']), teamReach(beta, ['**/read'])] };

describe('the gate', () => {
  it('without a token is closed', async () => {
    expect(await admit(member, { user: false })).toContain('A valid token is needed');
  });

  it('asks for the permission of the token, then for that of the place', async () => {
    const reader = { ...principal, permissions: ['**/read'] };
    expect(await admit(member, { user: reader })).toBe('Insufficient permission: the token needs workflow/write.');
    expect(await admit(member, { team: 'beta' })).toBe(
      'Insufficient permission: a editor of the team does not have workflow/write.',
    );
    expect(await admit(teamReach(beta, ['**/read']), { team: 'beta', user: { ...principal, type: 'team' } })).toBe(
      'Insufficient permission: the token needs workflow/write.',
    );
  });

  it('lets in no further than the team of the path', async () => {
    expect(await admit(member, { team: 'alpha' })).toEqual(teamReach(alpha, ['**/**']));
    expect(await admit({ kind: 'installation', permissions: ['**/**'] }, { team: 'alpha' })).toMatchObject({
      team: alpha,
      ofInstallation: true,
    });
  });

  it('without a team in the path keeps the teams that have the permission', async () => {
    expect(await admit(member)).toEqual({ kind: 'member', teams: [teamReach(alpha, ['**/**'])] });
    expect(await admit({ kind: 'member', teams: [] })).toContain('the token does not have workflow/write anywhere');
    expect(await admit({ kind: 'member', teams: [] }, { access: { ...rule, isOwn: true } })).toEqual({
      kind: 'member',
      teams: [],
    });
  });

  it('answers for a foreign team as for one that there is not, in the words of the route', async () => {
    const own = teamReach(alpha, ['**/**']);
    const access = { ...rule, unreachable: 'WORKFLOWRUN_INVALID_REFERENCE' as const };
    const [foreign, unknown] = [await admit(own, { team: 'beta', access }), await admit(own, { team: 'none', access })];
    expect(foreign).toBe(unknown);
    expect(foreign).toBe('Invalid WorkflowRun reference has been provided.');
  });

  it('tells the new name of a team to those who may see it alone', async () => {
    expect(await admit(member, { team: 'old-alpha' })).toContain('The team is named alpha now.');
    expect(await admit(teamReach(beta, ['**/**']), { team: 'old-alpha' })).not.toContain('alpha');
  });

  it('of the installation’s routes is closed to all but global tokens', async () => {
    const access = { ...rule, installation: 'for administrators.' };
    expect(await admit(member, { access })).toBe('Insufficient permission: for administrators.');
    expect(await admit({ kind: 'installation', permissions: ['**/**'] }, { access })).toMatchObject({
      kind: 'installation',
    });
  });

  it.each([
    [{ method: 'HEAD' }, 'Method HEAD is not allowed'],
    [{ method: 'GET', headers: { 'sec-purpose': 'prefetch;prerender' } }, 'cannot be prefetched'],
    [{ method: 'GET', headers: { 'x-moz': 'prefetch' } }, 'cannot be prefetched'],
  ])('of a GET that acts refuses %j', async (request, message) => {
    expect(await admit(member, { access: { ...rule, acts: true }, ...request })).toContain(message);
    expect(await admit(member, { access: rule, ...request })).not.toBe(message);
  });
});

describe('the guard behind it', () => {
  const isOpen = (request: object, isPublic: boolean): unknown => {
    const handler = (): null => null;
    Reflect.defineMetadata(IS_PUBLIC, isPublic, handler);
    const context = new ExecutionContextHost([request], Object, handler);
    try {
      return new AccessGuard(new Reflector()).canActivate(context);
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('closes what nobody has opened', () => {
    expect(isOpen({}, false)).toBe('This route is closed.');
    expect(isOpen({ user: principal }, false)).toBe('This route is closed.');
    expect(isOpen({ user: principal, reach: member }, false)).toBe(true);
    expect(isOpen({}, true)).toBe(true);
  });
});
