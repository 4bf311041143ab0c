import { CommandHandler } from '#libs/bus';
import type { Reach, WorkflowRunBody, WorkflowRunRequest } from '#libs/contracts';
import { asHead, derivedId, RefusedError, type CommandContext } from '#libs/kernel';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { planRetry, refuseUnretryable, retrySubmission } from '../domain';
import { countRetries } from '../read/count-retries';
import { toRunBody } from '../read/run-body';
import { RunCommander } from './run-commander';
import { RunNames } from './run-names';
import { RunComposer } from './run-composer';

export interface RetryOptions {
  /** Start it at once; absent = leave it to an agent, as in the contract. */
  readonly start?: boolean;
  /** `failed`, or the name of a task: what to run again; absent = everything. */
  readonly from?: string;
  /** The server's own retry; each run has at most one. */
  readonly isAutomatic?: boolean;
  /** The id of the new run: if there is one with this id, it is the answer. Absent: it is derived, and a repeated request makes another run. */
  readonly newRunId?: string;
}

/** Makes a new run from one that ended badly; the original does not change. */
export class RetryWorkflowRun extends Command<WorkflowRunBody> {
  constructor(
    readonly reach: Reach,
    readonly runId: string,
    readonly request: WorkflowRunRequest,
    readonly context: CommandContext,
    readonly options: RetryOptions = {},
  ) {
    super();
  }
}

/** Another retry was faster: it has the id that is derived from the count. */
class CountTaken extends Error {}

/** How often another retry of the same run may be faster. */
const maxTaken = 20;

@CommandHandler(RetryWorkflowRun)
export class RetryWorkflowRunHandler implements ICommandHandler<RetryWorkflowRun> {
  constructor(
    private readonly pool: Pool,
    private readonly runs: RunCommander,
    private readonly composer: RunComposer,
    private readonly names: RunNames,
  ) {}

  async execute({ reach, runId, request, context, options }: RetryWorkflowRun): Promise<WorkflowRunBody> {
    const { start = false, from, isAutomatic = false } = options;
    const original = await this.runs.find(reach, runId);
    refuseUnretryable(original);
    const plan = planRetry(original, from);
    const settings = await this.composer.settings(original);
    const known = this.composer.layers(settings, original.requestedParams, original.plan);
    const overlay = await this.composer.overlay({ ...original, ...known }, request);
    const shown = await this.names.forSender(reach, context.metadata.actor);
    const caused = {
      ...context,
      metadata: { reason: 'retry', causationId: runId, ...context.metadata, action: 'RetryRun' },
    };
    const { traceparent } = context.metadata;
    const first = original.retry?.of ?? original.id;
    for (let attempt = 0; attempt < maxTaken; attempt++) {
      const retry = { of: first, count: (await countRetries(this.pool, original)) + 1 };
      const newRunId =
        options.newRunId ??
        asHead(isAutomatic ? derivedId(original.id, 'retry') : derivedId(first, 'retry', retry.count));
      const identity = {
        runId: newRunId,
        initiator: isAutomatic ? (original.initiator ?? context.metadata.actor) : context.metadata.actor,
        maxTimeout: settings.quotas.maxWorkflowRunDuration,
        retry,
        ...known,
        ...(traceparent !== undefined && { traceparent }),
      };
      const submission = retrySubmission(original, overlay, identity, plan);
      const command = { type: 'SubmitRun' as const, submission, start, quotas: settings.quotas };
      try {
        return await this.runs.execute(reach, newRunId, command, caused, (state, at, events) => {
          // A run with this id exists, and another sender made it.
          if (!isAutomatic && !options.newRunId && events.length === 0) throw new CountTaken();
          return toRunBody(state, at, shown);
        });
      } catch (error) {
        if (!(error instanceof CountTaken)) throw error;
      }
    }
    throw new RefusedError('SERVICE_UNAVAILABLE', 'Too many retries of the run at once. Try again shortly.');
  }
}
