import type { TeamBody, TeamRequest } from '#libs/contracts';
import { newId, RefusedError } from '#libs/kernel';
import { type CommandContext, CommandProcessor, executeFor } from '#libs/ledger';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { toTeamBody } from '../read/bodies';
import { teamCategory } from './categories';

export class CreateTeamCommand extends Command<TeamBody> {
  constructor(
    readonly request: TeamRequest,
    readonly context: CommandContext,
  ) {
    super();
  }
}

const slug = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

@CommandHandler(CreateTeamCommand)
export class CreateTeamHandler implements ICommandHandler<CreateTeamCommand> {
  constructor(private readonly processor: CommandProcessor) {}

  execute({ request, context }: CreateTeamCommand): Promise<TeamBody> {
    const name = request.name ?? kebab(request.displayName ?? '');
    if (!slug.test(name) || name === 'query' || name === 'roles') {
      throw new RefusedError(
        'TEAM_INVALID_REF',
        'Field name must be 1 to 100 lower-case letters, digits and hyphens, beginning and ending with a letter or digit.',
      );
    }
    const now = Date.now();
    const team = {
      id: newId(now),
      name,
      displayName: request.displayName ?? name,
      status: request.status ?? ('active' as const),
      externalRef: request.externalRef ?? null,
      labels: request.labels ?? {},
      creationDate: now,
    };
    const command = { streamId: team.id, command: { type: 'CreateTeam' as const, team } };
    return executeFor(this.processor, teamCategory, context, command, toTeamBody);
  }
}

function kebab(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 100);
}
