import { activity, at, eventSchemas, json, labels, milliseconds, named, schemaOf } from '#libs/events';
import { z } from 'zod';
import type { Revision, WorkflowEvent, WorkflowSummary } from './workflow';

const text = z.string();
const summary = named(
  'WorkflowSummary',
  schemaOf<WorkflowSummary>()(
    z.strictObject({
      id: text.describe('id of the workflow'),
      teamId: text.describe('id of the team'),
      name: text.describe('name'),
      displayName: text.describe('display name'),
      status: activity.describe('whether it may be run'),
      labels: labels.describe('labels'),
      creationDate: milliseconds.describe('when it was created, in milliseconds since the epoch'),
    }),
  ),
);
const revision = named(
  'Revision',
  schemaOf<Revision>()(
    z.strictObject({
      id: text.describe('id of the revision'),
      number: z.int().describe('number of the revision'),
      definition: json.describe('the definition, as it was saved; secrets are sealed'),
      runnable: json.describe('what a run needs of it'),
    }),
  ),
);
const saved = z.strictObject({
  summary: summary.describe('what lists show of it'),
  revision: revision.describe('what was saved'),
});

/** The events of a workflow. */
export const workflowEventSchemas = eventSchemas<WorkflowEvent>()({
  WorkflowCreated: { summary: 'The workflow exists, with its first revision.', data: saved },
  WorkflowRevised: { summary: 'The workflow has a new revision, or its latest one is replaced.', data: saved },
  WorkflowTriggerRefused: {
    summary: 'Something from outside asked for a run, and got none.',
    data: z.strictObject({
      at,
      trigger: text.describe('what asked: `webhook`, `event`'),
      reason: text.describe('why, as a word'),
      message: text.describe('why, as a sentence'),
    }),
  },
  WorkflowDeleted: { summary: 'The workflow is deleted.', data: z.strictObject({ at }) },
});
