import type { TeamBody, TokenBody } from '#libs/contracts';
import type { TeamState, TokenState } from '../domain';

export function toTimestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '+00:00');
}

export function toTeamBody(team: TeamState): TeamBody {
  return {
    id: team.id,
    name: team.name,
    displayName: team.displayName,
    creationDate: toTimestamp(team.creationDate),
    status: team.status,
    ...(team.externalRef === null ? {} : { externalRef: team.externalRef }),
    labels: team.labels,
    parameters: [],
    members: [],
    approverGroups: [],
  };
}

export function toTokenBody(token: TokenState, now: number): TokenBody {
  return {
    id: token.id,
    type: token.type,
    ...(token.name === null ? {} : { name: token.name }),
    ...(token.description === null ? {} : { description: token.description }),
    creationDate: toTimestamp(token.creationDate),
    ...(token.expirationDate === null ? {} : { expirationDate: toTimestamp(token.expirationDate) }),
    valid: !token.revoked && (token.expirationDate === null || token.expirationDate > now),
    ...(token.principal === null ? {} : { principal: token.principal }),
    permissions: [
      {
        scope: token.type,
        ...(token.principal === null ? {} : { principal: token.principal }),
        actions: [...token.permissions],
      },
    ],
  };
}
