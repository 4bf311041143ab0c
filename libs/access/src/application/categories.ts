import { RefusedError } from '#libs/kernel';
import { loadStatesFrom, type StreamCategory } from '#libs/ledger';
import {
  type GlobalParameters,
  type GlobalParametersCommand,
  globalParametersDecider,
  type GlobalParametersEvent,
  type TeamCommand,
  teamDecider,
  type TeamEvent,
  type TeamState,
} from '../domain';
import { type TokenCommand, tokenDecider, type TokenEvent, type TokenState } from '../domain';

export const teamCategory: StreamCategory<TeamState, TeamCommand, TeamEvent> = {
  name: 'team',
  teamOf: ({ id }) => id,
  decider: teamDecider,
  load: loadStatesFrom('team'),
  project: (changes) => [
    {
      sqlFunction: 'team_apply',
      rows: changes.map(({ after, version }) => ({
        id: after.id,
        name: after.name,
        status: after.status,
        labels: after.labels,
        created: after.creationDate,
        version,
        state: after,
      })),
    },
  ],
  guards(command, _events, before) {
    const name = nameGivenBy(command);
    // If the name stays the same, the count already includes it.
    if (name === undefined || name === before?.name) return [];
    return [{ sqlFunction: 'teams_named', key: name, adds: 1, limit: 1, refuse: nameTaken }];
  },
};

function nameGivenBy(command: TeamCommand): string | undefined {
  if (command.type === 'CreateTeam') return command.team.name;
  return command.type === 'UpdateTeam' ? command.changes.name : undefined;
}

function nameTaken(): RefusedError {
  return new RefusedError('TEAM_NON_UNIQUE_NAME', 'A team with this name already exists. Field name must be unique.');
}

export const tokenCategory: StreamCategory<TokenState, TokenCommand, TokenEvent> = {
  name: 'token',
  teamOf: ({ teamId }) => teamId,
  decider: tokenDecider,
  load: loadStatesFrom('token'),
  project: (changes) => [
    {
      sqlFunction: 'token_apply',
      rows: changes.map(({ after, version }) => ({
        id: after.id,
        sha256: after.sha256,
        type: after.type,
        principal: after.principal,
        name: after.name,
        created: after.creationDate,
        expires: after.expirationDate,
        revoked: after.revoked,
        version,
        state: after,
      })),
    },
  ],
};

/** The only stream of the installation's params. */
export const globalParametersId = '00000000-0000-8000-8000-676c6f62616c';

export const globalParametersCategory: StreamCategory<
  GlobalParameters,
  GlobalParametersCommand,
  GlobalParametersEvent
> = {
  name: 'global-parameters',
  decider: globalParametersDecider,
  load: loadStatesFrom('global_parameters'),
  project: (changes) => [
    {
      sqlFunction: 'global_parameters_apply',
      rows: changes.map(({ streamId, after, version }) => ({ id: streamId, version, state: after })),
    },
  ],
};
