import type { InstallationReach, Reach } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';

/**
 * For what concerns the whole installation. `what` completes the sentence.
 * @throws RefusedError PERMISSION_DENIED
 */
export function installationOnly(reach: Reach, what: string): InstallationReach {
  if (reach.kind === 'installation') return reach;
  throw new RefusedError('PERMISSION_DENIED', `Insufficient permission: ${what}`);
}
