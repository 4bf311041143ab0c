import { CommandHandler } from '#libs/bus';
import type { ReachInTeam } from '#libs/contracts';
import { type CommandContext, CommandProcessor, executeFor } from '#libs/ledger';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import type { TeamCommand, TeamRemovals } from '../domain';
import { AccessStore } from '../read/access-store';
import { teamCategory } from './categories';

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
  ) {}

  async execute({ reach, removals, context }: RemoveFromTeam): Promise<null> {
    const now = Date.now();
    const command: TeamCommand =
      'parameter' in removals
        ? { type: 'RemoveTeamParameter', now, name: removals.parameter }
        : { type: 'RemoveFromTeam', now, removals };
    await executeFor(this.processor, teamCategory, context, { streamId: reach.team.id, command }, () => null);
    this.store.forget();
    return null;
  }
}
