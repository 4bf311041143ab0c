import { derivedId } from '#libs/kernel';
import { loadFolded, type StreamCategory } from '#libs/ledger';
import { type AttemptsCommand, attemptsDecider, type AttemptsEvent, type AttemptsState, trailEvents } from '../domain';

export const attemptsCategory: StreamCategory<AttemptsState, AttemptsCommand, AttemptsEvent> = {
  name: 'attempts',
  decider: attemptsDecider,
  load: loadFolded(attemptsDecider, trailEvents),
  project: () => [],
  teamOf: ({ teamId }) => teamId,
  snapshotEvery: () => 1000,
};

/** What belongs to no team. */
const installationId = '00000000-0000-8000-8000-617564697400';

/** The stream of a team's attempts; null: of those in no team. */
export function attemptsIdOf(teamId: string | null): string {
  return teamId === null ? installationId : derivedId(teamId, 'attempts');
}
