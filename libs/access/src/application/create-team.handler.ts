import { CommandHandler } from '#libs/bus';
import type { InstallationReach, TeamBody, TeamRequest } from '#libs/contracts';
import { newId, RefusedError } from '#libs/kernel';
import { type CommandContext, CommandProcessor, executeFor } from '#libs/ledger';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { SecretBox } from '#libs/secrets';
import { TeamView } from '../read/team-view';
import { teamCategory } from './categories';
import { teamChangesOf } from './team-changes';

/** Only the installation's reach makes teams. */
export class CreateTeamCommand extends Command<TeamBody> {
  constructor(
    readonly reach: InstallationReach,
    readonly request: TeamRequest,
    readonly context: CommandContext,
  ) {
    super();
  }
}

const slug = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** Words that stand where a team's name does: in the paths of the API, and in those of the reference's client. */
const reserved: ReadonlySet<string> = new Set([
  ...['query', 'roles', 'quotas', 'validate-name'],
  ...['home', 'admin', 'system', 'profile', 'connect'],
]);

/** @throws RefusedError TEAM_INVALID_REF */
export function refuseTeamName(name: string): void {
  if (reserved.has(name)) {
    throw new RefusedError('TEAM_INVALID_REF', `Field name: ${name} is reserved. Choose another name.`);
  }
  if (slug.test(name) && name.length <= 100) return;
  throw new RefusedError(
    'TEAM_INVALID_REF',
    'Field name must be 1 to 100 lower-case letters, digits and hyphens, beginning and ending with a letter or digit.',
  );
}

@CommandHandler(CreateTeamCommand)
export class CreateTeamHandler implements ICommandHandler<CreateTeamCommand> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly box: SecretBox,
    private readonly view: TeamView,
  ) {}

  execute({ request, context }: CreateTeamCommand): Promise<TeamBody> {
    const name = request.name ?? kebab(request.displayName ?? '');
    refuseTeamName(name);
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
    const { displayName: _displayName, status: _status, externalRef: _externalRef, labels: _labels, ...more } = request;
    const changes = teamChangesOf(more, null, now, this.box);
    const command = { streamId: team.id, command: { type: 'CreateTeam' as const, team, changes } };
    const surroundings = { usage: { liveRuns: 0, monthlyRuns: 0 }, workflows: [] };
    return executeFor(this.processor, teamCategory, context, command, (state) => this.view.body(state, surroundings));
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
