import { RefusedError } from '#libs/kernel';
import type { StreamCategory, VersionedState } from '#libs/ledger';
import type { Pool } from 'pg';
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

interface Row<State> {
  id: string;
  version: number;
  state: State;
}

async function loadStates<State>(pool: Pool, table: 'team' | 'token' | 'global_parameters', ids: readonly string[]) {
  const { rows } = await pool.query<Row<State>>({
    name: `load_${table}`,
    text: `select id, version, state from ${table} where id = any($1::uuid[])`,
    values: [ids],
  });
  return new Map<string, VersionedState<State>>(rows.map(({ id, version, state }) => [id, { version, state }]));
}

export const teamCategory: StreamCategory<TeamState, TeamCommand, TeamEvent> = {
  name: 'team',
  decider: teamDecider,
  load: (pool, ids) => loadStates(pool, 'team', ids),
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
  explain: (constraint) =>
    constraint === 'team_name_key'
      ? new RefusedError('TEAM_NON_UNIQUE_NAME', 'There is a team of this name already. Field name must be unique.')
      : undefined,
};

export const tokenCategory: StreamCategory<TokenState, TokenCommand, TokenEvent> = {
  name: 'token',
  decider: tokenDecider,
  load: (pool, ids) => loadStates(pool, 'token', ids),
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

/** The one stream of the installation's params. */
export const globalParametersId = '00000000-0000-8000-8000-676c6f62616c';

export const globalParametersCategory: StreamCategory<
  GlobalParameters,
  GlobalParametersCommand,
  GlobalParametersEvent
> = {
  name: 'global-parameters',
  decider: globalParametersDecider,
  load: (pool, ids) => loadStates(pool, 'global_parameters', ids),
  project: (changes) => [
    {
      sqlFunction: 'global_parameters_apply',
      rows: changes.map(({ streamId, after, version }) => ({ id: streamId, version, state: after })),
    },
  ],
};
