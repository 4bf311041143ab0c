import { allows, type ReachInTeam } from '#libs/contracts';
import { derivedId, RefusedError } from '#libs/kernel';

/** Whose views they are: a person in a team, or null for the team. */
export interface SavedViewOwner {
  readonly teamId: string;
  readonly person: string | null;
}

/** The stream of an owner's views. */
export function streamOf({ teamId, person }: SavedViewOwner): string {
  return person === null ? derivedId(teamId, 'saved-views') : derivedId(teamId, 'saved-views', person);
}

/** @throws RefusedError PERMISSION_DENIED unless the sender may change views of the team; BAD_REQUEST if the sender is no person. */
export function ownerFor(reach: ReachInTeam, person: string | null, shared: boolean): SavedViewOwner {
  const teamId = reach.team.id;
  if (!shared && person === null) {
    throw new RefusedError(
      'BAD_REQUEST',
      'Field shared must be true: the token belongs to no person, who could have views.',
    );
  }
  if (shared && !allows(reach.permissions, 'view/write')) {
    throw new RefusedError('PERMISSION_DENIED', 'Insufficient permission: a shared view needs view/write.');
  }
  return { teamId, person: shared ? null : person };
}
