import {
  FindWorkflowRevision,
  RequestWorkflowRun,
  type RunTriggerName,
  type WorkflowRevision,
  type WorkflowRunBody,
  type WorkflowSubmitRequest,
} from '#libs/contracts';
import { newId, RefusedError } from '#libs/kernel';
import type { CommandContext } from '#libs/ledger';
import { Command, CommandBus, CommandHandler, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { buildSubmission, type ParentTask } from '../domain';
import { toRunBody } from '../read/run-body';
import { overlayOf } from './overlay';
import { RunCommander } from './run-commander';
import { RunComposer } from './run-composer';
import { refuseUntriggered } from './trigger-conditions';

export interface SubmitOptions {
  /** The one workflow that a workflow token may run. */
  readonly onlyWorkflowId?: string;
  /** An id that follows from what asks for the run, so that asking twice makes one. */
  readonly runId?: string;
  /** Absent = what the request says. */
  readonly trigger?: RunTriggerName;
  /** Absent = the actor of the context. */
  readonly initiator?: string;
  /** The workflow's trigger need not be enabled. */
  readonly isTrusted?: boolean;
  readonly parent?: ParentTask;
  readonly depth?: number;
}

/** Makes a run of a workflow's revision; `start` begins it in the same decision. */
export class SubmitWorkflowRun extends Command<WorkflowRunBody> {
  constructor(
    readonly team: { readonly id: string; readonly name: string },
    readonly workflow: string,
    readonly request: WorkflowSubmitRequest,
    readonly start: boolean,
    readonly context: CommandContext,
    readonly options: SubmitOptions = {},
  ) {
    super();
  }
}

@CommandHandler(SubmitWorkflowRun)
export class SubmitWorkflowRunHandler implements ICommandHandler<SubmitWorkflowRun> {
  constructor(
    private readonly runs: RunCommander,
    private readonly composer: RunComposer,
    private readonly queries: QueryBus,
  ) {}

  async execute(command: SubmitWorkflowRun): Promise<WorkflowRunBody> {
    const { team, request, start, context, options } = command;
    const made = options.runId === undefined ? null : await this.runs.findMade(options.runId);
    if (made) return toRunBody(made, this.runs.clock.now());
    const [revision, settings] = await Promise.all([this.revisionOf(command), this.composer.settings(team.id)]);
    const trigger = options.trigger ?? request.trigger ?? undefined;
    const isOwn = options.trigger === 'task' || options.isTrusted;
    if (!isOwn) refuseUntriggered(revision, trigger, request.params ?? []);
    const now = this.runs.clock.now();
    const runId = options.runId ?? newId(now);
    const built = buildSubmission(
      this.composer.opened(revision),
      { ...overlayOf(request), trigger: trigger ?? 'engine', start },
      {
        runId,
        teamId: team.id,
        teamName: team.name,
        taskId: () => newId(now),
        initiator: options.initiator ?? context.metadata.actor,
        maxTimeout: settings.quotas.maxWorkflowRunDuration,
        ...(options.parent && { parent: options.parent }),
        ...(options.depth !== undefined && { depth: options.depth }),
      },
    );
    const resolvable = { ...built, ...this.composer.layers(settings, built.params, built.tasks) };
    this.composer.refuseWrong(revision.params, resolvable);
    const submission = { ...resolvable, params: this.composer.sealed(built.params) };
    const submit = { type: 'SubmitRun' as const, submission, start, quotas: settings.quotas };
    return this.runs.execute(runId, submit, context, (state, at) => toRunBody(state, at));
  }

  private async revisionOf({ team, workflow, request, options }: SubmitWorkflowRun): Promise<WorkflowRevision> {
    const query = new FindWorkflowRevision(team.id, workflow, request.workflowVersion ?? undefined);
    const revision = await this.queries.execute<FindWorkflowRevision, WorkflowRevision>(query);
    if (options.onlyWorkflowId !== undefined && revision.workflowId !== options.onlyWorkflowId) {
      throw new RefusedError('WORKFLOW_INVALID_REFERENCE', 'Invalid Workflow reference has been provided.');
    }
    if (!revision.active) {
      throw new RefusedError(
        'WORKFLOW_NOT_ACTIVE',
        'The Workflow specified is not currently active and cannot be run. Set its status to active first.',
      );
    }
    return revision;
  }
}

@CommandHandler(RequestWorkflowRun)
export class RequestWorkflowRunHandler implements ICommandHandler<RequestWorkflowRun> {
  constructor(private readonly commands: CommandBus) {}

  execute({ request }: RequestWorkflowRun): Promise<WorkflowRunBody> {
    const { team, workflow, trigger, submit, actor, initiator, runId, onlyWorkflowId, requestId, receipt } = request;
    const context = {
      metadata: { actor, teamId: team.id, ...(requestId !== undefined && { requestId }) },
      ...(receipt && { receipt: { ...receipt, requestHash: receipt.key } }),
    };
    const options = {
      trigger,
      initiator,
      isTrusted: request.isTrusted ?? false,
      ...(runId !== undefined && { runId }),
      ...(onlyWorkflowId !== undefined && { onlyWorkflowId }),
    };
    return this.commands.execute(new SubmitWorkflowRun(team, workflow, submit, true, context, options));
  }
}
