import { type WorkflowRunState } from '../domain';
import { type NamedInRun } from './run-names';

export function namedIn({ workflow, initiator }: Pick<WorkflowRunState, 'workflow' | 'initiator'>): NamedInRun {
  return { workflowId: workflow.id, initiator };
}
