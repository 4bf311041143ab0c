import { loadFolded, type StreamCategory } from '#libs/ledger';
import { type ErasePersonalData, erasureDecider, type ErasureState, type PersonalDataErased } from '../domain';

export const erasureCategory: StreamCategory<ErasureState, ErasePersonalData, PersonalDataErased> = {
  name: 'erasure',
  decider: erasureDecider,
  load: loadFolded(erasureDecider, 'PersonalDataErased'),
  teamOf: ({ teamId }) => teamId,
  project: (changes) => [
    {
      sqlFunction: 'erasure_apply',
      rows: changes.map(({ streamId, after, version }) => ({
        id: streamId,
        team_id: after.teamId,
        version,
        state: after,
      })),
    },
  ],
};
