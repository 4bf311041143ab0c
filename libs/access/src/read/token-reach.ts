import { allows, permissionsAt, type Reach } from '#libs/contracts';
import { personOf, type Principal, type TokenState } from '../domain';

/** People have a say over their own tokens, those with the permission in a team over the team's, and the installation over every token. */
export function hasSayOver(
  reach: Reach,
  principal: Principal,
  token: TokenState,
  permission: 'token/read' | 'token/delete',
): boolean {
  if (reach.kind === 'installation') return true;
  const person = personOf(principal);
  if (token.type === 'user' || token.type === 'session') return person !== null && token.principal === person;
  const held = token.teamId === null ? null : permissionsAt(reach, { teamId: token.teamId });
  return held !== null && reach.kind !== 'workflow' && allows(held, permission);
}
