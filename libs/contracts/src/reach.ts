import { allows, type Permission } from '#libs/kernel';

export { allows, intersection, type Permission } from '#libs/kernel';

export interface TeamRef {
  readonly id: string;
  readonly name: string;
}

/** The whole installation. */
export interface InstallationReach {
  readonly kind: 'installation';
  readonly permissions: readonly Permission[];
}

/** One team. */
export interface TeamReach {
  readonly kind: 'team';
  readonly team: TeamRef;
  readonly permissions: readonly Permission[];
  /** A global token, narrowed to this team: it may set the team's limits. */
  readonly ofInstallation: boolean;
}

/** One workflow of a team: its submit, its runs, its webhooks. */
export interface WorkflowReach {
  readonly kind: 'workflow';
  readonly team: TeamRef;
  readonly workflowId: string;
  readonly permissions: readonly Permission[];
}

/** The teams of which the person is a member; in each, what both the role and the token allow. */
export interface MemberReach {
  readonly kind: 'member';
  readonly teams: readonly TeamReach[];
}

/** A reach within one team, for example the team in a path. */
export type ReachInTeam = TeamReach | WorkflowReach;

/**
 * What the sender of a message may access. The guard creates it once, before the body is read. Every message on a bus
 * carries one (the compiler enforces it in `libs/bus`), and every store that reads for a request requires one.
 */
export type Reach = InstallationReach | MemberReach | ReachInTeam;

/** Where a thing is. `workflowId` absent: it belongs to no workflow, so no workflow's reach covers it. */
export interface Place {
  readonly teamId: string;
  readonly workflowId?: string;
}

/** The reach of the server itself, for timers, leases and requests of runs. Never made from a request. */
export const serverReach: InstallationReach = { kind: 'installation', permissions: ['**/**'] };

/** The server's own reach within one team. */
export function serverReachIn(team: TeamRef): TeamReach {
  return { kind: 'team', team, permissions: serverReach.permissions, ofInstallation: true };
}

/** The permissions of the reach at this place; null if it does not cover the place. */
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

/** The part of the reach that has this permission; null if it has it nowhere. */
export function reachWith(reach: Reach, permission: Permission): Reach | null {
  if (reach.kind !== 'member') return allows(reach.permissions, permission) ? reach : null;
  const teams = reach.teams.filter(({ permissions }) => allows(permissions, permission));
  return teams.length > 0 ? { kind: 'member', teams } : null;
}

/** The reach within one team; null if it does not cover that team. */
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

/** The only workflow that the reach covers; undefined for every workflow of the team. */
export function onlyWorkflowOf(reach: ReachInTeam): string | undefined {
  return reach.kind === 'workflow' ? reach.workflowId : undefined;
}

/** Ids of the teams that the reach covers; null = all teams. */
export function teamIdsOf(reach: Reach): readonly string[] | null {
  if (reach.kind === 'installation') return null;
  return reach.kind === 'member' ? reach.teams.map(({ team }) => team.id) : [reach.team.id];
}
