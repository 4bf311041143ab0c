import {
  type Activity,
  assertNever,
  type Decider,
  type FinalStatus,
  formerNamesAfter,
  jsonBytes,
  RefusedError,
  type TeamOperation,
} from '#libs/kernel';
import { Members, type TeamMember } from './members';
import { personId } from './person';

export interface ApproverGroup {
  readonly id: string;
  readonly name: string;
  readonly creationDate: number;
  /** Ids or e-mail addresses of users. */
  readonly approvers: readonly string[];
}

/** Limits; 0 = no limit. Durations in minutes, storage in GiB. */
export interface Quotas {
  readonly maxWorkflowCount: number;
  readonly maxWorkflowRunMonthly: number;
  readonly maxWorkflowStorage: number;
  readonly maxWorkflowRunStorage: number;
  readonly maxWorkflowRunDuration: number;
  readonly maxConcurrentRuns: number;
}

/**
 * The quotas of a team until an administrator changes them. Only live runs are limited, so that a workflow that starts
 * itself comes to an end.
 */
export const defaultQuotas: Quotas = {
  maxWorkflowCount: 0,
  maxWorkflowRunMonthly: 0,
  maxWorkflowStorage: 0,
  maxWorkflowRunStorage: 0,
  maxWorkflowRunDuration: 0,
  maxConcurrentRuns: 20_000,
};

/** The declared param of a team or of the installation; the values of a `password` are sealed. */
export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface TeamProfile {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly status: Activity;
  readonly externalRef: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly creationDate: number;
}

export interface TeamState extends TeamProfile {
  readonly formerNames?: readonly string[];
  readonly quotas: Quotas;
  readonly members: readonly TeamMember[];
  readonly approverGroups: readonly ApproverGroup[];
  readonly parameters: readonly Parameter[];
  /** What is accepted only with a reason; absent: nothing. */
  readonly requiredReasons?: readonly TeamOperation[];
  /** What the team says of how long finished runs stay. */
  readonly retention?: TeamRetentionDays;
}

/** Days by final status; 0: for ever; absent: as the installation has it. */
export type TeamRetentionDays = Readonly<Partial<Record<FinalStatus, number>>>;

/**
 * Changes to a team; absent fields stay. Members, groups and parameters are added, or replace those with the same id or
 * name.
 */
export interface TeamChanges {
  readonly name?: string;
  readonly displayName?: string;
  readonly status?: Activity;
  readonly externalRef?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly quotas?: Partial<Quotas>;
  readonly members?: readonly TeamMember[];
  readonly approverGroups?: readonly ApproverGroup[];
  readonly parameters?: readonly Parameter[];
  /** In place of those before. */
  readonly requiredReasons?: readonly TeamOperation[];
  /** In place of what was said before. */
  readonly retention?: TeamRetentionDays;
}

/** What to remove from a team; it is no error if something is already gone. */
export interface TeamRemovals {
  /** Ids or e-mail addresses. */
  readonly members?: readonly string[];
  /** Ids or names. */
  readonly approverGroups?: readonly string[];
  readonly quotas?: true;
}

export type TeamCommand =
  | { readonly type: 'CreateTeam'; readonly team: TeamProfile; readonly changes: TeamChanges }
  | { readonly type: 'UpdateTeam'; readonly now: number; readonly changes: TeamChanges }
  | { readonly type: 'RemoveFromTeam'; readonly now: number; readonly removals: TeamRemovals }
  | { readonly type: 'RemoveTeamParameter'; readonly now: number; readonly name: string };

export type TeamEvent =
  | { readonly type: 'TeamCreated'; readonly data: TeamProfile }
  | { readonly type: 'TeamUpdated'; readonly data: { readonly at: number; readonly changes: TeamChanges } }
  | { readonly type: 'TeamReduced'; readonly data: { readonly at: number; readonly removals: TeamRemovals } }
  | { readonly type: 'TeamParameterRemoved'; readonly data: { readonly at: number; readonly name: string } };

/** `nameNow`: the current name of the team that had the name before. */
export function unknownTeam(nameNow?: string): RefusedError {
  const moved = nameNow === undefined ? '' : ` The team is named ${nameNow} now.`;
  return new RefusedError('TEAM_INVALID_REF', `Invalid Team reference has been provided.${moved}`);
}

export function unknownParameter(name: string): RefusedError {
  return new RefusedError(
    'PARAMETER_INVALID_REFERENCE',
    `Invalid Parameter reference has been provided: there is no ${name}.`,
  );
}

export const teamDecider: Decider<TeamState, TeamCommand, TeamEvent> = {
  decide(state, command) {
    if (command.type === 'CreateTeam') {
      if (state) throw new RefusedError('TEAM_NON_UNIQUE_NAME', `A team named ${state.name} already exists.`);
      const created: TeamEvent = { type: 'TeamCreated', data: command.team };
      if (Object.keys(command.changes).length === 0) return [created];
      return [created, { type: 'TeamUpdated', data: { at: command.team.creationDate, changes: command.changes } }];
    }
    if (!state) throw unknownTeam();
    switch (command.type) {
      case 'UpdateTeam':
        if (Object.keys(command.changes).length === 0) return [];
        refuseWithoutOwner(state, updated(state, command.changes));
        refuseOversized(updated(state, command.changes));
        return [{ type: 'TeamUpdated', data: { at: command.now, changes: command.changes } }];
      case 'RemoveFromTeam':
        refuseWithoutOwner(state, reduced(state, command.removals));
        return [{ type: 'TeamReduced', data: { at: command.now, removals: command.removals } }];
      case 'RemoveTeamParameter':
        if (!state.parameters.some(({ name }) => name === command.name)) throw unknownParameter(command.name);
        return [{ type: 'TeamParameterRemoved', data: { at: command.now, name: command.name } }];
      default:
        return assertNever(command);
    }
  },
  evolve(state, event) {
    if (event.type === 'TeamCreated') {
      return { ...event.data, quotas: defaultQuotas, members: [], approverGroups: [], parameters: [] };
    }
    if (!state) throw new Error(`${event.type} cannot be the first event of a team`);
    switch (event.type) {
      case 'TeamUpdated':
        return updated(state, event.data.changes);
      case 'TeamReduced':
        return reduced(state, event.data.removals);
      case 'TeamParameterRemoved':
        return { ...state, parameters: state.parameters.filter(({ name }) => name !== event.data.name) };
      default:
        return assertNever(event);
    }
  },
};

/** A team with an owner keeps at least one: nobody else could manage its members. */
function refuseWithoutOwner(before: TeamState, after: TeamState): void {
  const hasOwner = ({ members }: TeamState) => members.some(({ role }) => role === 'owner');
  if (hasOwner(before) && !hasOwner(after)) {
    throw new RefusedError(
      'TEAM_LAST_OWNER',
      'members: the team must keep an owner. Make another member an owner first.',
    );
  }
}

function updated(state: TeamState, { quotas, members, approverGroups, parameters, ...rest }: TeamChanges): TeamState {
  return {
    ...state,
    ...rest,
    ...(rest.name !== undefined && formerNamesAfter(state, rest.name)),
    quotas: { ...state.quotas, ...quotas },
    members: withMembers(state.members, members),
    approverGroups: merged(state.approverGroups, approverGroups, ({ id }) => id),
    parameters: merged(state.parameters, parameters, ({ name }) => name),
  };
}

/**
 * The most bytes for all members, approver groups, parameters and labels of a team, because every run reads them: 1
 * MiB.
 */
const maxTeam = 1024 * 1024;

function refuseOversized(team: TeamState): void {
  const bytes = jsonBytes(team);
  if (bytes <= maxTeam) return;
  throw new RefusedError(
    'BAD_REQUEST',
    `The team would have ${bytes} bytes of members, approver groups, parameters and labels: at most ${maxTeam} are allowed.`,
  );
}

function reduced(state: TeamState, { members: gone = [], approverGroups = [], quotas }: TeamRemovals): TeamState {
  const members = new Members(state.members);
  members.remove(gone);
  return {
    ...state,
    ...(quotas && { quotas: defaultQuotas }),
    members: members.all,
    approverGroups: state.approverGroups.filter(
      ({ id, name }) => !approverGroups.includes(id) && !approverGroups.includes(name),
    ),
  };
}

function withMembers(members: readonly TeamMember[], given: readonly TeamMember[] | undefined): readonly TeamMember[] {
  return given && given.length > 0 ? new Members([...members, ...given]).all : members;
}

function merged<Item>(
  items: readonly Item[],
  given: readonly Item[] | undefined,
  key: (item: Item) => string,
): readonly Item[] {
  if (!given || given.length === 0) return items;
  const all = new Map(items.map((item) => [key(item), item]));
  for (const item of given) all.set(key(item), item);
  return [...all.values()];
}

/** The member who is this person. */
export function memberOf(team: Pick<TeamState, 'members'>, person: string | null): TeamMember | undefined {
  if (person === null) return undefined;
  const wanted = personId(person);
  return team.members.find(({ id, email }) => id === wanted || email === wanted);
}
