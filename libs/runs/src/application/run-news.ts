import type { News } from '#libs/ledger';
import type { RunEvent, WorkflowRunState } from '../domain';

/** The most tasks that a record names. */
const namedTasks = 10;

/**
 * One log record for each change of a run that operators follow: submitted, started, and how it ended. Names and ids
 * only: params, results and messages may contain secrets.
 */
export function newsOfRun(run: WorkflowRunState, events: readonly RunEvent[]): News[] {
  return events.flatMap((event): News[] => {
    switch (event.type) {
      case 'WorkflowRunSubmitted':
        return [{ message: 'run submitted', fields: { ...fieldsOf(run), trigger: run.trigger, ...retryOf(run) } }];
      case 'WorkflowRunStarted':
        return [{ message: 'run started', fields: fieldsOf(run) }];
      case 'WorkflowRunCompleted':
        return [ended(run, event.data.status, event.data.duration)];
      case 'WorkflowRunCancelled':
        return [ended(run, 'cancelled', event.data.duration)];
      case 'WorkflowRunTimedOut':
        return [ended(run, 'timedout', event.data.duration)];
      default:
        return [];
    }
  });
}

/** `duration`: milliseconds. */
function ended(run: WorkflowRunState, status: string, duration: number): News {
  const failed = run.tasks.filter((task) => ['failed', 'invalid', 'timedout'].includes(task.status));
  const failedTasks = failed.slice(0, namedTasks).map(({ name }) => name);
  return {
    message: `run ${status}`,
    fields: { ...fieldsOf(run), status, duration, ...(failed.length > 0 && { failedTasks }) },
  };
}

function fieldsOf({ id, workflow, teamName }: WorkflowRunState) {
  return { workflowRunId: id, workflow: workflow.name, workflowVersion: workflow.version, team: teamName };
}

function retryOf({ retry }: WorkflowRunState) {
  return retry ? { retryOf: retry.of } : {};
}
