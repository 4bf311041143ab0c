import { Inject } from '@nestjs/common';
import { CommandHandler } from '#libs/bus';
import type { ReachInTeam } from '#libs/contracts';
import { type Clock, CLOCK, type CommandContext } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { PersonalValues } from '#libs/personal';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import type { TeamCommand, TeamRemovals } from '../domain';
import { AccessStore } from '../read/access-store';
import { teamCategory } from './categories';
import { KnownMembers } from './known-members';

/** Removes members, approver groups, the quotas or a parameter. */
export class RemoveFromTeam extends Command<null> {
  constructor(
    readonly reach: ReachInTeam,
    readonly removals: TeamRemovals | { readonly parameter: string },
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(RemoveFromTeam)
export class RemoveFromTeamHandler implements ICommandHandler<RemoveFromTeam> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: AccessStore,
    private readonly personal: PersonalValues,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, removals, context }: RemoveFromTeam): Promise<null> {
    const now = this.clock.now();
    const command: TeamCommand =
      'parameter' in removals
        ? { type: 'RemoveTeamParameter', now, name: removals.parameter }
        : { type: 'RemoveFromTeam', now, removals: await this.byId(reach.team.id, removals) };
    await executeFor(this.processor, teamCategory, context, { streamId: reach.team.id, command }, () => null);
    this.store.forget();
    return null;
  }

  /** Members are named by their ids: the ledger gets no e-mail address that is not an id. */
  private async byId(teamId: string, removals: TeamRemovals): Promise<TeamRemovals> {
    const { members } = removals;
    const stored = members && (await this.processor.load(teamCategory, teamId));
    if (!members || !stored) return removals;
    const known = await KnownMembers.of(stored.state, this.personal);
    return { ...removals, members: members.flatMap((name) => known.idOf(name) ?? (name.includes('@') ? [] : [name])) };
  }
}
