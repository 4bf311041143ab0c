import { RefusedError } from '#libs/kernel';

export function unknownRevision(): RefusedError {
  return new RefusedError('WORKFLOW_REVISION_NOT_FOUND', 'No valid Workflow Revisions found.');
}
