import type { TeamRequest } from '#libs/contracts';
import { newId, RefusedError } from '#libs/kernel';
import type { SecretBox } from '#libs/secrets';
import {
  type ApproverGroup,
  personId,
  type Quotas,
  type TeamChanges,
  type TeamMember,
  type TeamRetentionDays,
  type TeamState,
} from '../domain';
import type { KnownMembers } from './known-members';
import { toParameter } from './parameter-declarations';

/**
 * The changes that a request makes to a team. `before`: the current team, for the ids of its groups; null = a new team.
 * `known`: its members.
 */
export async function teamChangesOf(
  request: TeamRequest,
  before: TeamState | null,
  now: number,
  { box, known }: { readonly box: SecretBox; readonly known: KnownMembers },
): Promise<TeamChanges> {
  const { name, displayName, status, externalRef, labels, quotas, members, approverGroups, parameters } = request;
  const { requiredReasons, retention } = request;
  const changed = members && (await toMembers(members, known));
  return {
    ...(before && name && name !== before.name && { name }),
    ...(displayName && { displayName }),
    ...(status && { status }),
    ...(externalRef && { externalRef }),
    ...(labels && { labels }),
    ...(quotas && { quotas: givenOf(quotas) }),
    ...(changed && { members: changed }),
    ...(approverGroups && { approverGroups: approverGroups.map((group) => toGroup(group, before, known, now)) }),
    ...(requiredReasons && { requiredReasons: [...new Set(requiredReasons)] }),
    ...(retention && { retention: daysOf(retention) }),
    ...(parameters && { parameters: parameters.map((parameter) => toParameter(parameter, box)) }),
  };
}

function daysOf(retention: NonNullable<TeamRequest['retention']>): TeamRetentionDays {
  return Object.fromEntries(Object.entries(retention).filter(([, days]) => days !== undefined));
}

function givenOf(quotas: NonNullable<TeamRequest['quotas']>): Partial<Quotas> {
  const { unlimited, ...limits } = quotas;
  const given = Object.entries(limits).filter(([, value]) => typeof value === 'number');
  return Object.fromEntries([...given, ...(unlimited ?? []).map((name) => [name, 0] as const)]);
}

async function toMembers(
  given: NonNullable<TeamRequest['members']>,
  known: KnownMembers,
): Promise<readonly TeamMember[]> {
  const members: TeamMember[] = [];
  for (const each of given) members.push(await known.take(each));
  return members;
}

function toGroup(
  group: NonNullable<TeamRequest['approverGroups']>[number],
  before: TeamState | null,
  known: KnownMembers,
  now: number,
): ApproverGroup {
  const current = before?.approverGroups.find(({ id, name }) => (group.id ? id === group.id : name === group.name));
  const name = group.name ?? current?.name;
  if (group.id && !current)
    throw new RefusedError('BAD_REQUEST', `approverGroups: there is no group with the id ${group.id}.`);
  if (!name) throw new RefusedError('BAD_REQUEST', 'approverGroups: each needs a name.');
  return {
    id: current?.id ?? newId(now),
    name,
    creationDate: current?.creationDate ?? now,
    approvers: [...new Set((group.approvers ?? current?.approvers ?? []).map((each) => toApprover(each, known)))],
  };
}

type SentApprover = NonNullable<NonNullable<TeamRequest['approverGroups']>[number]['approvers']>[number];

/**
 * The value that the person's tokens have as principal: the id of a member, by id or e-mail address; of anybody else
 * the text as it is. In an object from an answer, the id wins.
 */
function toApprover(sent: SentApprover, known: KnownMembers): string {
  const given = typeof sent === 'string' ? sent : (sent.id ?? sent.email);
  if (given) return known.idOf(given) ?? personId(given);
  const [called, another] = known.idsCalled(typeof sent === 'string' ? undefined : sent.name);
  if (called !== undefined && another === undefined) return called;
  throw new RefusedError(
    'BAD_REQUEST',
    'approverGroups: each approver needs an id or an email, or the name of one member of the team.',
  );
}
