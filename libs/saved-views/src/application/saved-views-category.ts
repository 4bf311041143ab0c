import { loadFolded, type StreamCategory } from '#libs/ledger';
import { type SavedViewCommand, type SavedViewEvent, savedViewsDecider, type SavedViewsState } from '../domain';

export const savedViewsCategory: StreamCategory<SavedViewsState, SavedViewCommand, SavedViewEvent> = {
  name: 'saved-views',
  decider: savedViewsDecider,
  load: loadFolded(savedViewsDecider, 'SavedViewCreated'),
  teamOf: ({ teamId }) => teamId,
  project: (changes) => [
    {
      sqlFunction: 'saved_views_apply',
      rows: changes.map(({ streamId, after, version }) => ({
        id: streamId,
        team_id: after.teamId,
        version,
        state: after,
      })),
    },
  ],
  snapshotEvery: () => 256,
};
