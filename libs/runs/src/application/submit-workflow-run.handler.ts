import { CommandHandler } from '#libs/bus';
import {
  FindWorkflowRevision,
  type ReachInTeam,
  RequestWorkflowRun,
  type RunTriggerName,
  type WorkflowRevision,
  type WorkflowRunBody,
  type WorkflowSubmitRequest,
} from '#libs/contracts';
import { asHead, newId, RefusedError } from '#libs/kernel';
import type { CommandContext } from '#libs/ledger';
import { Command, CommandBus, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { buildSubmission, type ParentTask } from '../domain';
import { toRunBody } from '../read/run-body';
import { overlayOf } from './overlay';
import { RunCommander } from './run-commander';
import { RunNames } from './run-names';
import { RunComposer } from './run-composer';
import { refuseUntriggered } from './trigger-conditions';

export interface SubmitOptions {
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
    readonly reach: ReachInTeam,
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
    private readonly names: RunNames,
  ) {}

  async execute(command: SubmitWorkflowRun): Promise<WorkflowRunBody> {
    const { reach, request, start, context, options } = command;
    const { team } = reach;
    const initiator = options.initiator ?? context.metadata.actor;
    const shown = await this.names.forSender(reach, initiator);
    const made = options.runId === undefined ? null : await this.runs.findMade(reach, options.runId);
    if (made) return toRunBody(made, this.runs.clock.now(), shown);
    const [revision, settings] = await Promise.all([
      this.revisionOf(command),
      this.composer.settings({ teamId: team.id, teamName: team.name }),
    ]);
    const trigger = options.trigger ?? request.trigger ?? undefined;
    const isOwn = options.trigger === 'task' || options.isTrusted;
    if (!isOwn) refuseUntriggered(revision, trigger, request.params ?? []);
    const runId = options.runId ?? asHead(newId(this.runs.clock.now()));
    const built = buildSubmission(
      { ...this.composer.opened(revision), plan: this.runs.planOf(revision.tasks) },
      { ...overlayOf(request), trigger: trigger ?? 'engine', start },
      {
        runId,
        teamId: team.id,
        teamName: team.name,
        initiator,
        maxTimeout: settings.quotas.maxWorkflowRunDuration,
        ...(options.parent && { parent: options.parent }),
        ...(options.depth !== undefined && { depth: options.depth }),
      },
    );
    const resolvable = { ...built, ...this.composer.layers(settings, built.params, built.tasks) };
    this.composer.refuseWrong(revision.params, resolvable);
    const submission = { ...resolvable, params: this.composer.sealed(built.params) };
    const submit = { type: 'SubmitRun' as const, submission, start, quotas: settings.quotas };
    return this.runs.execute(reach, runId, submit, context, (state, at) => toRunBody(state, at, shown));
  }

  private async revisionOf({ reach, workflow, request }: SubmitWorkflowRun): Promise<WorkflowRevision> {
    const query = new FindWorkflowRevision(reach, workflow, request.workflowVersion ?? undefined);
    const revision = await this.queries.execute<FindWorkflowRevision, WorkflowRevision>(query);
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

  execute({ reach, request }: RequestWorkflowRun): Promise<WorkflowRunBody> {
    const { workflow, trigger, submit, actor, initiator, runId, requestId, reason, receipt } = request;
    const context = {
      metadata: {
        actor,
        teamId: reach.team.id,
        ...(requestId !== undefined && { requestId }),
        ...(reason !== undefined && { reason }),
      },
      ...(receipt && { receipt: { requestHash: receipt.key, ...receipt } }),
    };
    const options = {
      trigger,
      initiator,
      isTrusted: request.isTrusted ?? false,
      ...(runId !== undefined && { runId }),
    };
    return this.commands.execute(new SubmitWorkflowRun(reach, workflow, submit, true, context, options));
  }
}
