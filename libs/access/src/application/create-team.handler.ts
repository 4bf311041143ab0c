import { Inject } from '@nestjs/common';
import { CommandHandler } from '#libs/bus';
import type { InstallationReach, TeamBody, TeamRequest } from '#libs/contracts';
import { type Clock, CLOCK, newId, RefusedError, type CommandContext } from '#libs/kernel';
import { isSlug, slugOf, slugRule } from '#libs/names';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { PersonalValues } from '#libs/personal';
import { SecretBox } from '#libs/secrets';
import { TeamView } from '../read/team-view';
import { teamCategory } from './categories';
import { KnownMembers } from './known-members';
import { teamChangesOf } from './team-changes';

/** Only a reach of the installation may create teams. */
export class CreateTeamCommand extends Command<TeamBody> {
  constructor(
    readonly reach: InstallationReach,
    readonly request: TeamRequest,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** The most characters that a team's name may have. */
const longestName = 100;

/** Words that paths of the API and of the client use in the place of a team's name. */
const reserved: ReadonlySet<string> = new Set([
  'query',
  'roles',
  'quotas',
  'validate-name',
  'home',
  'admin',
  'system',
  'profile',
  'connect',
]);

/** @throws RefusedError TEAM_INVALID_REF */
export function refuseTeamName(name: string): void {
  if (reserved.has(name))
    throw new RefusedError('TEAM_INVALID_REF', `Field name: ${name} is reserved. Choose another name.`);
  if (isSlug(name, longestName)) return;
  const fit = slugOf(name, longestName);
  const remedy = fit === '' || reserved.has(fit) ? '' : `, for example ${fit}`;
  throw new RefusedError('TEAM_INVALID_REF', `Field name must be ${slugRule(longestName)}${remedy}.`);
}

@CommandHandler(CreateTeamCommand)
export class CreateTeamHandler implements ICommandHandler<CreateTeamCommand> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly box: SecretBox,
    private readonly personal: PersonalValues,
    private readonly view: TeamView,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ request, context }: CreateTeamCommand): Promise<TeamBody> {
    const name = request.name ?? slugOf(request.displayName ?? '', longestName);
    refuseTeamName(name);
    const now = this.clock.now();
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
    const known = await KnownMembers.of({ id: team.id, members: [] }, this.personal);
    const changes = await teamChangesOf(more, null, now, { box: this.box, known });
    const command = { streamId: team.id, command: { type: 'CreateTeam' as const, team, changes } };
    const surroundings = { usage: { liveRuns: 0, monthlyRuns: 0 }, workflows: [] };
    return executeFor(this.processor, teamCategory, context, command, (state) => this.view.body(state, surroundings));
  }
}
