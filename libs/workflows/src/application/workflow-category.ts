import { RefusedError } from '#libs/kernel';
import { loadStatesFrom, type StreamCategory } from '#libs/ledger';
import { type WorkflowCommand, workflowDecider, type WorkflowEvent, type WorkflowState } from '../domain';

export const workflowCategory: StreamCategory<WorkflowState, WorkflowCommand, WorkflowEvent> = {
  name: 'workflow',
  teamOf: ({ teamId }) => teamId,
  decider: workflowDecider,
  load: loadStatesFrom<WorkflowState>('workflow'),
  project: (changes) => [
    {
      sqlFunction: 'workflow_apply',
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
        event.type === 'WorkflowDeleted' || event.type === 'WorkflowTriggerRefused'
          ? []
          : [{ sqlFunction: 'workflow_revision_apply', rows: [{ ...event.data.revision, workflow_id: streamId }] }],
      ),
    ),
  ],
  guards(command, _events, before) {
    if (command.type !== 'CreateWorkflow' && command.type !== 'ReviseWorkflow') return [];
    // If the name stays the same, the count already includes it.
    if (command.summary.name === before?.name) return [];
    const { teamId, name } = command.summary;
    const isTaken = { sqlFunction: 'workflows_named', key: `${teamId}/${name}`, adds: 1, limit: 1, refuse: nameTaken };
    if (command.type === 'ReviseWorkflow') return [isTaken];
    const limit = command.maxWorkflowCount;
    if (limit <= 0) return [isTaken];
    const refuse = (used: number) =>
      new RefusedError('QUOTA_EXCEEDED', `A quota has been exceeded. Workflows: ${used + 1} / ${limit}.`, undefined, 0);
    return [isTaken, { sqlFunction: 'team_workflow_count', key: teamId, adds: 1, limit, refuse }];
  },
};

/** Whether a save was refused because another workflow took its name. */
export function isNameTaken(error: unknown): boolean {
  return error instanceof RefusedError && error.reason === 'WORKFLOW_NON_UNIQUE_NAME';
}

function nameTaken(): RefusedError {
  return new RefusedError(
    'WORKFLOW_NON_UNIQUE_NAME',
    'The team already has a workflow with this name. Field name must be unique.',
  );
}
