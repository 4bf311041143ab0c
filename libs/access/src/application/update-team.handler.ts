import type { TeamBody, TeamRequest } from '#libs/contracts';
import { type CommandContext, CommandProcessor, executeFor } from '#libs/ledger';
import { SecretBox } from '#libs/secrets';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type TeamCommand, type TeamRemovals, type TeamState, unknownTeam } from '../domain';
import { RefusedError } from '#libs/kernel';
import { TeamView } from '../read/team-view';
import { teamCategory } from './categories';
import { teamChangesOf } from './team-changes';

export class UpdateTeam extends Command<TeamBody> {
  constructor(
    readonly teamId: string,
    readonly request: TeamRequest,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** Takes members, approver groups, the quotas or a parameter away. */
export class RemoveFromTeam extends Command<null> {
  constructor(
    readonly teamId: string,
    readonly removals: TeamRemovals | { readonly parameter: string },
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
    private readonly view: TeamView,
  ) {}

  async execute({ teamId, request, context }: UpdateTeam): Promise<TeamBody> {
    const stored = await this.processor.load(teamCategory, teamId);
    if (!stored) throw unknownTeam();
    if (request.name && request.name !== stored.state.name) {
      throw new RefusedError(
        'TEAM_INVALID_REF',
        `name: the name of a team does not change; it is ${stored.state.name}.`,
      );
    }
    const now = Date.now();
    const command = { type: 'UpdateTeam' as const, now, changes: teamChangesOf(request, stored.state, now, this.box) };
    const surroundings = await this.view.surroundings(teamId);
    return executeFor(this.processor, teamCategory, context, { streamId: teamId, command }, (state: TeamState) =>
      this.view.body(state, surroundings),
    );
  }
}

@CommandHandler(RemoveFromTeam)
export class RemoveFromTeamHandler implements ICommandHandler<RemoveFromTeam> {
  constructor(private readonly processor: CommandProcessor) {}

  execute({ teamId, removals, context }: RemoveFromTeam): Promise<null> {
    const now = Date.now();
    const command: TeamCommand =
      'parameter' in removals
        ? { type: 'RemoveTeamParameter', now, name: removals.parameter }
        : { type: 'RemoveFromTeam', now, removals };
    return executeFor(this.processor, teamCategory, context, { streamId: teamId, command }, () => null);
  }
}
