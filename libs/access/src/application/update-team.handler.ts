import { Inject } from '@nestjs/common';
import { CommandHandler } from '#libs/bus';
import { allows, type ReachInTeam, type TeamBody, type TeamRequest } from '#libs/contracts';
import { type Clock, CLOCK, RefusedError, type CommandContext } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { PersonalValues } from '#libs/personal';
import { SecretBox } from '#libs/secrets';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { rolePermissions, type TeamChanges, type TeamState, unknownTeam } from '../domain';
import { AccessStore } from '../read/access-store';
import { TeamView } from '../read/team-view';
import { teamCategory } from './categories';
import { refuseTeamName } from './create-team.handler';
import { KnownMembers } from './known-members';
import { teamChangesOf } from './team-changes';

export class UpdateTeam extends Command<TeamBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly request: TeamRequest,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(UpdateTeam)
export class UpdateTeamHandler implements ICommandHandler<UpdateTeam> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly box: SecretBox,
    private readonly personal: PersonalValues,
    private readonly store: AccessStore,
    private readonly view: TeamView,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, request, context }: UpdateTeam): Promise<TeamBody> {
    const { id: teamId } = reach.team;
    const stored = await this.processor.load(teamCategory, teamId);
    if (!stored) throw unknownTeam();
    const now = this.clock.now();
    const known = await KnownMembers.of(stored.state, this.personal);
    const changes = await teamChangesOf(request, stored.state, now, { box: this.box, known });
    refuseBeyond(reach, changes);
    if (changes.name !== undefined) refuseTeamName(changes.name);
    const command = { type: 'UpdateTeam' as const, now, changes };
    const surroundings = await this.view.surroundings(teamId);
    const answer = await executeFor(
      this.processor,
      teamCategory,
      context,
      { streamId: teamId, command },
      (state: TeamState) => this.view.body(state, surroundings),
    );
    this.store.forget();
    return answer;
  }
}

/**
 * Only the installation sets the limits of a team. Owners set its name, members and approver groups. Nobody grants a
 * role above their own.
 */
function refuseBeyond(reach: ReachInTeam, changes: TeamChanges): void {
  const { name, quotas, status, members, approverGroups, requiredReasons, retention } = changes;
  const ofInstallation = reach.kind === 'team' && reach.ofInstallation;
  if ((quotas ?? status) && !ofInstallation) throw denied('only a global token can set quotas and status.');
  if (name !== undefined && !allows(reach.permissions, 'team/manage')) {
    throw denied('only owners rename the team (team/manage).');
  }
  if ((members ?? approverGroups) && !allows(reach.permissions, 'team/manage')) {
    throw denied('only owners of the team manage members and approver groups (team/manage).');
  }
  if (requiredReasons && !allows(reach.permissions, 'team/manage')) {
    throw denied('only owners of the team say what needs a reason (team/manage).');
  }
  if (retention && !allows(reach.permissions, 'team/manage')) {
    throw denied('only owners of the team say how long its runs are kept (team/manage).');
  }
  for (const { id, role } of members ?? []) {
    const missing = rolePermissions[role].find((each) => !allows(reach.permissions, each));
    if (missing !== undefined) throw denied(`nobody can make ${id} ${role} without having ${missing}.`);
  }
}

function denied(why: string): RefusedError {
  return new RefusedError('PERMISSION_DENIED', `Insufficient permission: ${why}`);
}
