import { activity, at, eventSchemas, json, labels, milliseconds, named, schemaOf } from '#libs/events';
import { z } from 'zod';
import type { CatalogueTaskEvent, TaskSummary } from './catalogue-task';

const text = z.string();
const summary = named(
  'TaskSummary',
  schemaOf<TaskSummary>()(
    z.strictObject({
      id: text.describe('id of the task'),
      teamId: text.nullable().describe('id of the team; null = the installation, for every team'),
      name: text.describe('name'),
      displayName: text.describe('display name'),
      type: text.describe('type'),
      status: activity.describe('whether it may be used'),
      labels: labels.describe('labels'),
      creationDate: milliseconds.describe('when it was created, in milliseconds since the epoch'),
    }),
  ),
);
const saved = z.strictObject({
  summary: summary.describe('what lists show of it'),
  number: z.int().describe('number of the revision'),
  definition: json.describe('the definition, as it was saved'),
});

/** The events of a task of the catalogue. */
export const catalogueTaskEventSchemas = eventSchemas<CatalogueTaskEvent>()({
  CatalogueTaskCreated: { summary: 'The task exists, with its first revision.', data: saved },
  CatalogueTaskRevised: { summary: 'The task has a new revision, or its latest one is replaced.', data: saved },
  CatalogueTaskDeleted: { summary: 'The task is deleted.', data: z.strictObject({ at }) },
});
