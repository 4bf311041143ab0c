import type { WorkflowDefinition } from '#libs/contracts';
import { type Json, type JsonChange, jsonDifference, type JsonObject } from '#libs/kernel';
import type { RecordedEvent } from '#libs/ledger';
import { holdsSealed, mask, maskAll, maskText } from '#libs/secrets';
import type { Revision, WorkflowEvent, WorkflowSummary } from '../domain';
import { toWorkflowBody } from './workflow-body';

/** The data of a save: what was saved, under which number. */
export interface Save {
  readonly summary: WorkflowSummary;
  readonly revision: Revision;
}

export const saveTypes = ['WorkflowCreated', 'WorkflowRevised'] as const satisfies readonly WorkflowEvent['type'][];
export const workflowEventTypes = [...saveTypes, 'WorkflowTriggerRefused', 'WorkflowDeleted'] as const;

export function saveIn({ type, data }: RecordedEvent): Save | null {
  return saveTypes.some((each) => each === type) ? (data as Save) : null;
}

/** The data of a workflow's event as other answers show the workflow, secrets masked. */
export function shownData(event: RecordedEvent): JsonObject {
  const save = saveIn(event);
  if (save) return { version: save.revision.number, revisionId: save.revision.id, workflow: bodyOf(save) };
  const { at: _at, ...data } = event.data as JsonObject;
  return maskAll(data);
}

/**
 * What differs between two revisions of a workflow, as answers show them. Leaves out their numbers, and who saved them
 * when. Of a secret that was sent again it says only that: nobody can tell whether it is another.
 */
export function revisionDifference(before: Save, after: Save): JsonChange[] {
  const changes = jsonDifference(comparable(before), comparable(after));
  const paths = new Set(changes.map(({ path }) => path));
  const secrets = jsonDifference(secretsIn(before), secretsIn(after)).filter(
    ({ path, before: was, after: is }) => isSecret(was) && isSecret(is) && !paths.has(path),
  );
  return [...changes, ...secrets.map(({ path }) => ({ path, before: mask, after: mask }))];
}

/** The parts of the definition in which secrets are, as they are stored. */
function secretsIn({ revision }: Save): JsonObject {
  const { params = null, tasks = null } = revision.definition as JsonObject;
  return { params, tasks };
}

function isSecret(value: Json | undefined): boolean {
  return typeof value === 'string' && holdsSealed(value);
}

function comparable(save: Save): JsonObject {
  const { version: _version, changelog: _changelog, ...rest } = bodyOf(save);
  return rest;
}

function bodyOf({ summary, revision }: Save): JsonObject {
  const state = { ...summary, deleted: false, version: revision.number, revisionId: revision.id };
  const body = toWorkflowBody(state, revision.definition as WorkflowDefinition, revision.number, true);
  return body as unknown as JsonObject;
}

/** The sender's reason for a save: of the request, or in the definition. */
export function reasonOfSave({ metadata }: RecordedEvent, { revision }: Save): string | undefined {
  const reason = metadata.reason ?? (revision.definition as WorkflowDefinition).changelog?.reason;
  return reason ? maskText(reason) : undefined;
}
