import { loadFolded, type StreamCategory } from '#libs/ledger';
import { archiveDecider, type ArchiveState, type RecordArchive, type RunsArchived } from '../domain';

export const archiveCategory: StreamCategory<ArchiveState, RecordArchive, RunsArchived> = {
  name: 'archive',
  decider: archiveDecider,
  load: loadFolded(archiveDecider, 'RunsArchived'),
  teamOf: ({ teamId }) => teamId,
  project: (changes) => [
    {
      sqlFunction: 'ledger_archive_apply',
      rows: changes.map(({ streamId, after, version }) => ({
        id: streamId,
        team_id: after.teamId,
        version,
        state: after,
      })),
    },
  ],
};
