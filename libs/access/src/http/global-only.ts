import { RefusedError } from '#libs/kernel';
import type { Principal } from '../domain';

/**
 * For what concerns the whole installation, or limits a team. `what` completes the sentence.
 * @throws RefusedError PERMISSION_DENIED
 */
export function refuseUnlessGlobal(principal: Principal, what: string): void {
  if (principal.type !== 'global') throw new RefusedError('PERMISSION_DENIED', `Insufficient permission: ${what}`);
}
