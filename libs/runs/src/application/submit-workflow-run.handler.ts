import { CommandHandler } from '#libs/bus';
import {
  FindWorkflowRevision,
  type ReachInTeam,
  type WorkflowRunBody,
  type WorkflowSubmitRequest,
} from '#libs/contracts';
import { asHead, type CommandContext, newId, type RunTrigger } from '#libs/kernel';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { buildSubmission, type ParentTask } from '../domain';
import { toRunBody } from '../read/run-body';
import { overlayOf } from './overlay';
import { RunCommander } from './run-commander';
import { RunNames } from './run-names';
import { RunComposer } from './run-composer';
import { type RunSources, RunSourceMemory } from './run-sources';
import { refuseUntriggered } from './trigger-conditions';

export interface SubmitOptions {
  /** An id derived from the cause of the run, so that asking twice makes one run. */
  readonly runId?: string;
  /** Absent = what the request says. */
  readonly trigger?: RunTrigger;
  /** Absent = the actor of the context. */
  readonly initiator?: string;
  /** The workflow's trigger need not be enabled. */
  readonly isTrusted?: boolean;
  readonly parent?: ParentTask;
  readonly depth?: number;
}

/** Makes a run of a workflow's revision; `start` also starts it, in the same decision. */
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
    private readonly sources: RunSourceMemory,
    private readonly names: RunNames,
  ) {}

  async execute(command: SubmitWorkflowRun): Promise<WorkflowRunBody> {
    const { reach, workflow, request, context, options } = command;
    const initiator = options.initiator ?? context.metadata.actor;
    const shown = await this.names.forSender(reach, initiator);
    const made = options.runId === undefined ? null : await this.runs.findMade(reach, options.runId);
    // Its stream has ended, although its events are not there.
    if (options.runId !== undefined && !made) await this.runs.refuseArchived(reach, options.runId);
    if (made) return toRunBody(made, this.runs.clock.now(), shown);
    const query = new FindWorkflowRevision(reach, workflow, request.workflowVersion ?? undefined);
    return this.sources.use(query, (sources) => this.submit(command, sources, initiator, shown));
  }

  private submit(
    { reach, request, start, context, options }: SubmitWorkflowRun,
    { revision, settings, mustStand }: RunSources,
    initiator: string,
    shown: Awaited<ReturnType<RunNames['forSender']>>,
  ): Promise<WorkflowRunBody> {
    const { team } = reach;
    const trigger = options.trigger ?? request.trigger ?? undefined;
    const { traceparent } = context.metadata;
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
        ...(traceparent !== undefined && { traceparent }),
      },
    );
    const resolvable = { ...built, ...this.composer.layers(settings, built.params, built.tasks) };
    this.composer.refuseWrong(revision.params, resolvable);
    const submission = { ...resolvable, params: this.composer.sealed(built.params) };
    const submit = { type: 'SubmitRun' as const, submission, start, quotas: settings.quotas, mustStand };
    return this.runs.execute(reach, runId, submit, context, (state, at) => toRunBody(state, at, shown));
  }
}
