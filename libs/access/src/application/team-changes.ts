import type { TeamRequest } from '#libs/contracts';
import { newId, RefusedError } from '#libs/kernel';
import type { SecretBox } from '#libs/secrets';
import {
  type ApproverGroup,
  Members,
  personId,
  type Quotas,
  type TeamChanges,
  type TeamMember,
  type TeamRetentionDays,
  type TeamState,
} from '../domain';
import { toParameter } from './parameter-declarations';

/**
 * The changes that a request makes to a team. `before`: the current team, for the ids of its groups; null = a new team.
 */
export function teamChangesOf(
  request: TeamRequest,
  before: TeamState | null,
  now: number,
  box: SecretBox,
): TeamChanges {
  const { name, displayName, status, externalRef, labels, quotas, members, approverGroups, parameters } = request;
  const { requiredReasons, retention } = request;
  const changed = members && toMembers(members, before);
  const all = [...new Map([...(before?.members ?? []), ...(changed ?? [])].map((each) => [each.id, each])).values()];
  return {
    ...(before && name && name !== before.name && { name }),
    ...(displayName && { displayName }),
    ...(status && { status }),
    ...(externalRef && { externalRef }),
    ...(labels && { labels }),
    ...(quotas && { quotas: givenOf(quotas) }),
    ...(changed && { members: changed }),
    ...(approverGroups && { approverGroups: approverGroups.map((group) => toGroup(group, before, all, now)) }),
    ...(requiredReasons && { requiredReasons: [...new Set(requiredReasons)] }),
    ...(retention && { retention: daysOf(retention) }),
    ...(parameters && { parameters: parameters.map((parameter) => toParameter(parameter, box)) }),
  };
}

function daysOf(retention: NonNullable<TeamRequest['retention']>): TeamRetentionDays {
  return Object.fromEntries(Object.entries(retention).filter(([, days]) => days !== undefined));
}

function givenOf(quotas: NonNullable<TeamRequest['quotas']>): Partial<Quotas> {
  return Object.fromEntries(Object.entries(quotas).filter(([, value]) => typeof value === 'number'));
}

function toMembers(given: NonNullable<TeamRequest['members']>, before: TeamState | null): TeamMember[] {
  const known = new Members(before?.members ?? []);
  return given.map((each) => {
    const member = toMember(each, known);
    known.put(member);
    return member;
  });
}

/** `members`: the current members without this one. */
function toMember(given: NonNullable<TeamRequest['members']>[number], members: Members): TeamMember {
  const names = [given.id, given.email].flatMap((name) => (name ? [personId(name)] : []));
  const [id] = names;
  if (!id) {
    throw new RefusedError('BAD_REQUEST', "members: each needs an id or an email: the principal of the user's tokens.");
  }
  const [known] = members.named(names);
  return {
    id,
    email: given.email ? personId(given.email) : (known?.email ?? null),
    name: given.name ?? known?.name ?? null,
    role: given.role ?? known?.role ?? 'editor',
  };
}

function toGroup(
  group: NonNullable<TeamRequest['approverGroups']>[number],
  before: TeamState | null,
  members: readonly TeamMember[],
  now: number,
): ApproverGroup {
  const known = before?.approverGroups.find(({ id, name }) => (group.id ? id === group.id : name === group.name));
  const name = group.name ?? known?.name;
  if (group.id && !known)
    throw new RefusedError('BAD_REQUEST', `approverGroups: there is no group with the id ${group.id}.`);
  if (!name) throw new RefusedError('BAD_REQUEST', 'approverGroups: each needs a name.');
  return {
    id: known?.id ?? newId(now),
    name,
    creationDate: known?.creationDate ?? now,
    approvers: [...new Set((group.approvers ?? known?.approvers ?? []).map((each) => toApprover(each, members)))],
  };
}

type SentApprover = NonNullable<NonNullable<TeamRequest['approverGroups']>[number]['approvers']>[number];

/**
 * The value that the person's tokens have as principal. A text is used as it is; in an object from an answer, the id
 * wins.
 */
function toApprover(sent: SentApprover, members: readonly TeamMember[]): string {
  if (typeof sent === 'string') return personId(sent);
  const given = sent.id ?? sent.email;
  if (given) return personId(given);
  const named = members.filter(({ name }) => name !== null && name === sent.name);
  if (named.length === 1 && named[0]) return named[0].id;
  throw new RefusedError(
    'BAD_REQUEST',
    'approverGroups: each approver needs an id or an email, or the name of one member of the team.',
  );
}
