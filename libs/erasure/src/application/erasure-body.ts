import type { ErasureBody } from '#libs/contracts';
import { toTimestamp } from '#libs/kernel';
import type { StoredErasure } from '../read/erasure-store';

/** An erasure as answers show it. */
export function toErasureBody({ id, at, teamId, subject, by, reason, keys }: StoredErasure): ErasureBody {
  return {
    id,
    time: toTimestamp(at),
    ...(teamId !== null && { teamId }),
    subject,
    by: { id: by },
    reason,
    keys: keys.length,
    dryRun: false,
  };
}
