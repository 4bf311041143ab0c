import { allows, type Permission } from '#libs/kernel';

export { allows, intersection, type Permission } from '#libs/kernel';

export interface TeamRef {
  readonly id: string;
  readonly name: string;
}

/** Everything of the installation. */
export interface InstallationReach {
  readonly kind: 'installation';
  readonly permissions: readonly Permission[];
}

/** One team. */
export interface TeamReach {
  readonly kind: 'team';
  readonly team: TeamRef;
  readonly permissions: readonly Permission[];
  /** The reach is the installation's, narrowed to this team: it may set what limits a team. */
  readonly ofInstallation: boolean;
}

/** One workflow of one team: its submit, its runs, its webhooks. */
export interface WorkflowReach {
  readonly kind: 'workflow';
  readonly team: TeamRef;
  readonly workflowId: string;
  readonly permissions: readonly Permission[];
}

/** The teams that a person is a member of, each with what the role there and the token both allow. */
export interface MemberReach {
  readonly kind: 'member';
  readonly teams: readonly TeamReach[];
}

/** A reach within one team, such as the team that a path names. */
export type ReachInTeam = TeamReach | WorkflowReach;

/**
 * What the sender of a message may touch. The guard makes it once, before a body is read. Every message that crosses a bus carries
 * one (`libs/bus` makes the compiler ask for it), and every store that reads for a request asks for one.
 */
export type Reach = InstallationReach | MemberReach | ReachInTeam;

/** Where a thing lies. `workflowId` absent: it belongs to no workflow, so no workflow's reach holds it. */
export interface Place {
  readonly teamId: string;
  readonly workflowId?: string;
}

/** The reach of the server itself: timers, leases, what runs ask for. Never taken from a request. */
export const serverReach: InstallationReach = { kind: 'installation', permissions: ['**/**'] };

/** What the server does for one team. */
export function serverReachIn(team: TeamRef): TeamReach {
  return { kind: 'team', team, permissions: serverReach.permissions, ofInstallation: true };
}

/** What the reach allows at that place; null where it does not reach it. */
export function permissionsAt(reach: Reach, { teamId, workflowId }: Place): readonly Permission[] | null {
  switch (reach.kind) {
    case 'installation':
      return reach.permissions;
    case 'team':
      return reach.team.id === teamId ? reach.permissions : null;
    case 'workflow':
      return reach.team.id === teamId && reach.workflowId === workflowId ? reach.permissions : null;
    case 'member':
      return reach.teams.find(({ team }) => team.id === teamId)?.permissions ?? null;
  }
}

export function reaches(reach: Reach, place: Place): boolean {
  return permissionsAt(reach, place) !== null;
}

/** The reach as far as it allows this; null where it allows it nowhere. */
export function reachWith(reach: Reach, permission: Permission): Reach | null {
  if (reach.kind !== 'member') return allows(reach.permissions, permission) ? reach : null;
  const teams = reach.teams.filter(({ permissions }) => allows(permissions, permission));
  return teams.length > 0 ? { kind: 'member', teams } : null;
}

/** The reach within one team; null where it does not reach that team. */
export function reachIn(reach: Reach, team: TeamRef): ReachInTeam | null {
  switch (reach.kind) {
    case 'installation':
      return { kind: 'team', team, permissions: reach.permissions, ofInstallation: true };
    case 'team':
    case 'workflow':
      return reach.team.id === team.id ? reach : null;
    case 'member':
      return reach.teams.find((each) => each.team.id === team.id) ?? null;
  }
}

/** The one workflow that the reach is for; undefined for every workflow of the team. */
export function onlyWorkflowOf(reach: ReachInTeam): string | undefined {
  return reach.kind === 'workflow' ? reach.workflowId : undefined;
}

/** Ids of the teams that the reach lies in; null = all there are. */
export function teamIdsOf(reach: Reach): readonly string[] | null {
  if (reach.kind === 'installation') return null;
  return reach.kind === 'member' ? reach.teams.map(({ team }) => team.id) : [reach.team.id];
}
