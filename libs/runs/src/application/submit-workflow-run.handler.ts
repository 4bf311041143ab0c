import {
  FindWorkflowRevision,
  type WorkflowRevision,
  type WorkflowRunBody,
  type WorkflowSubmitRequest,
} from '#libs/contracts';
import { newId, RefusedError } from '#libs/kernel';
import type { CommandContext } from '#libs/ledger';
import { Command, CommandHandler, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { buildSubmission } from '../domain';
import { toRunBody } from '../read/run-body';
import { overlayOf } from './overlay';
import { RunCommander } from './run-commander';

/** Makes a run of a workflow's revision; `start` begins it in the same decision. */
export class SubmitWorkflowRun extends Command<WorkflowRunBody> {
  constructor(
    readonly team: { readonly id: string; readonly name: string },
    readonly workflow: string,
    readonly request: WorkflowSubmitRequest,
    readonly start: boolean,
    readonly context: CommandContext,
    /** The one workflow that a workflow token may run. */
    readonly onlyWorkflowId?: string,
  ) {
    super();
  }
}

@CommandHandler(SubmitWorkflowRun)
export class SubmitWorkflowRunHandler implements ICommandHandler<SubmitWorkflowRun> {
  constructor(
    private readonly runs: RunCommander,
    private readonly queries: QueryBus,
  ) {}

  async execute({
    team,
    workflow,
    request,
    start,
    context,
    onlyWorkflowId,
  }: SubmitWorkflowRun): Promise<WorkflowRunBody> {
    const revision = await this.queries.execute<FindWorkflowRevision, WorkflowRevision>(
      new FindWorkflowRevision(team.id, workflow, request.workflowVersion ?? undefined),
    );
    if (onlyWorkflowId !== undefined && revision.workflowId !== onlyWorkflowId) {
      throw new RefusedError('WORKFLOW_INVALID_REFERENCE', 'Invalid Workflow reference has been provided.');
    }
    if (!revision.active) {
      throw new RefusedError(
        'WORKFLOW_NOT_ACTIVE',
        'The Workflow specified is not currently active and cannot be run. Set its status to active first.',
      );
    }
    const trigger = triggerOf(revision, request);
    const runId = newId(this.runs.clock.now());
    const submission = buildSubmission(
      revision,
      { ...overlayOf(request), trigger, start },
      { runId, teamId: team.id, teamName: team.name, taskId: () => newId(this.runs.clock.now()) },
    );
    const command = { type: 'SubmitRun' as const, submission, start };
    return this.runs.execute(runId, command, context, (state, now) => toRunBody(state, now));
  }
}

function triggerOf(revision: WorkflowRevision, { trigger }: WorkflowSubmitRequest) {
  if (!trigger) return 'engine' as const;
  const enabled = trigger !== 'engine' && trigger !== 'task' && revision.triggers[trigger];
  if (!enabled) {
    throw new RefusedError(
      'WORKFLOWRUN_TRIGGER_DISABLED',
      `The Trigger provided is not enabled for this Workflow. Field trigger: ${trigger}; enable it in the Workflow's triggers.`,
    );
  }
  return trigger;
}
