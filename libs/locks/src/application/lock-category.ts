import { derivedId } from '#libs/kernel';
import { loadStatesFrom, type StreamCategory, type StreamChange } from '#libs/ledger';
import { type LockCommand, lockDecider, type LockEvent, type LockState } from '../domain';

export const lockCategory: StreamCategory<LockState, LockCommand, LockEvent> = {
  name: 'lock',
  teamOf: ({ teamId }) => teamId,
  decider: lockDecider,
  load: loadStatesFrom<LockState>('team_lock'),
  project: (changes) => [
    {
      sqlFunction: 'team_lock_apply',
      rows: changes.map(({ after, version }) => ({
        id: after.id,
        team_id: after.teamId,
        key: after.key,
        version,
        state: after,
      })),
    },
    { sqlFunction: 'timer_apply', rows: changes.flatMap(grantTimer) },
  ],
};

/**
 * Tells the holder at the end of a batch that granted the lock. Each such batch has its own timer: if a late message
 * makes a claim leave and get the lock again, it is told again, and the earlier timer does not remove the later one.
 */
function grantTimer({ streamId, after, version, events }: StreamChange<LockState, LockEvent>) {
  const granted = events.findLast(({ type }) => type === 'LockGranted');
  if (!granted || !after.holder) return [];
  const item = derivedId(streamId, 'grant', version);
  return [{ stream_id: streamId, kind: 'lock-grant', item_id: item, due: granted.data.at }];
}
