import { loadStatesFrom, type StreamCategory } from '#libs/ledger';
import {
  type CatalogueTaskCommand,
  catalogueTaskDecider,
  type CatalogueTaskEvent,
  type CatalogueTaskState,
} from '../domain';
import { nilId, nameTaken } from './catalogue-scope';

export const catalogueCategory: StreamCategory<CatalogueTaskState, CatalogueTaskCommand, CatalogueTaskEvent> = {
  name: 'catalogue-task',
  teamOf: ({ teamId }) => teamId,
  decider: catalogueTaskDecider,
  load: loadStatesFrom<CatalogueTaskState>('catalogue_task'),
  project: (changes) => [
    {
      sqlFunction: 'catalogue_task_apply',
      rows: changes.map(({ after, version }) => ({
        id: after.id,
        team_id: after.teamId,
        name: after.name,
        status: after.status,
        deleted: after.deleted,
        labels: after.labels,
        created: after.creationDate,
        version,
        state: after,
      })),
    },
    ...changes.flatMap(({ events, streamId }) =>
      events.flatMap((event) =>
        event.type === 'CatalogueTaskDeleted'
          ? []
          : [
              {
                sqlFunction: 'catalogue_task_revision_apply',
                rows: [{ task_id: streamId, number: event.data.number, definition: event.data.definition }],
              },
            ],
      ),
    ),
  ],
  guards(command) {
    if (command.type !== 'CreateTask') return [];
    const { teamId, name } = command.summary;
    return [
      { sqlFunction: 'catalogue_tasks_named', key: `${teamId ?? nilId}/${name}`, adds: 1, limit: 1, refuse: nameTaken },
    ];
  },
};
