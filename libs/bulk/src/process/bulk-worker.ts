import { assertNever, type Clock, CLOCK, type CommandContext, RefusedError } from '#libs/kernel';
import { CancelRunOfBulk, FindReachOfToken, type ReachInTeam, RetryRunOfBulk, serverReach } from '#libs/contracts';
import { CommandProcessor, type DueTimer, isConnectionLoss, isPassingFault, type Timers } from '#libs/ledger';
import { Inject, Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { LRUCache } from 'lru-cache';
import { bulkCategory, forgetTimer, stepTimer } from '../application/bulk-category';
import type { BulkCommand, BulkState, Outcome } from '../domain';

/** Runs in one step: the commit that they share is small, and other commands come in between. */
const stepSize = 20;
/** For each millisecond of a step, milliseconds of rest while others need the machine; and the longest rest. */
const restPerWork = 9;
const longestRest = 5000;
/** The most characters of a refusal that are kept. */
const maxMessage = 1000;
/** How often a process tries a run at which it fails for a reason that nobody foresaw, and runs whose failures it remembers. */
const maxFailures = 5;
const mostFailing = 1000;

const actor = 'system:bulk';

/**
 * Works through bulk jobs, some runs at a time: each step is one firing of the job's timer, which sets the next. A step that was
 * interrupted is done again, by any process, and does nothing twice: what a job has done to a run stands in that run.
 */
@Injectable()
export class BulkWorker {
  /** How often a run of a job has failed. */
  private readonly failures = new LRUCache<string, number>({ max: mostFailing });

  constructor(
    private readonly processor: CommandProcessor,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  register(timers: Timers): void {
    timers.on(stepTimer, (timer) => this.step(timer));
    timers.on(forgetTimer, ({ streamId }) => this.send(streamId, { type: 'ForgetBulk', now: this.clock.now() }));
  }

  private async step({ streamId, dueAt }: DueTimer): Promise<void> {
    const job = (await this.processor.load(bulkCategory, streamId))?.state;
    if (job?.status !== 'running' || job.due !== dueAt) return;
    const began = performance.now();
    const reach = await this.reachOf(job);
    if (!reach) {
      const message = 'The token that made the job has ended, or may no longer do this in the team.';
      await this.send(streamId, { type: 'StopBulk', now: this.clock.now(), message });
      return;
    }
    const from = job.done;
    const runs = job.runs.slice(from, from + stepSize);
    const outcomes = await this.outcomesOf(job, streamId, runs, reach);
    const work = performance.now() - began;
    const rest = this.processor.isBusy ? Math.min(longestRest, Math.round(work * restPerWork)) : 0;
    await this.send(streamId, { type: 'RecordBulkProgress', now: this.clock.now(), from, outcomes, rest });
  }

  /** What the token that made the job may do now. */
  private reachOf({ tokenId, teamId }: BulkState): Promise<ReachInTeam | null> {
    const query = new FindReachOfToken(serverReach, tokenId, teamId, 'workflowrun/action');
    return this.queries.execute<FindReachOfToken, ReachInTeam | null>(query);
  }

  private async outcomesOf(
    job: BulkState,
    bulkId: string,
    runs: readonly string[],
    reach: ReachInTeam,
  ): Promise<Outcome[]> {
    const outcomeOf = (runId: string) => this.outcomeOf(job, bulkId, runId, reach);
    if (job.action === 'cancel') return Promise.all(runs.map(outcomeOf));
    // Retries of one run are numbered one after the other.
    const outcomes: Outcome[] = [];
    for (const runId of runs) outcomes.push(await outcomeOf(runId));
    return outcomes;
  }

  private async outcomeOf(job: BulkState, bulkId: string, runId: string, reach: ReachInTeam): Promise<Outcome> {
    try {
      return await this.act(job, bulkId, runId, reach);
    } catch (error) {
      if (error instanceof RefusedError && error.reason !== 'SERVICE_UNAVAILABLE') {
        return { outcome: 'refused', reason: error.reason, message: error.message.slice(0, maxMessage) };
      }
      // What is not said of the run itself passes, as a rule: the step is tried again.
      if (isPassing(error) || this.countFailure(`${bulkId} ${runId}`) < maxFailures) throw error;
      const message = `The server failed ${maxFailures} times at this run; its log tells how.`;
      return { outcome: 'refused', reason: 'INTERNAL_ERROR', message };
    }
  }

  /** Counts one more failure at a run of a job. Answers how many there are. */
  private countFailure(place: string): number {
    const failures = (this.failures.get(place) ?? 0) + 1;
    this.failures.set(place, failures);
    return failures;
  }

  private async act(job: BulkState, bulkId: string, runId: string, reach: ReachInTeam): Promise<Outcome> {
    const context = contextOf(job, bulkId);
    switch (job.action) {
      case 'cancel': {
        const command = new CancelRunOfBulk(reach, runId, bulkId, context);
        const { changed } = await this.commands.execute<CancelRunOfBulk, CancelRunOfBulk['answer']>(command);
        return { outcome: changed ? 'done' : 'unchanged' };
      }
      case 'retry': {
        const command = new RetryRunOfBulk(reach, runId, bulkId, job.from ?? undefined, context);
        const { id } = await this.commands.execute<RetryRunOfBulk, RetryRunOfBulk['answer']>(command);
        return { outcome: 'done', retryId: id };
      }
      default:
        return assertNever(job.action);
    }
  }

  private send(streamId: string, command: BulkCommand): Promise<unknown> {
    return this.processor.execute(bulkCategory, { streamId, command, metadata: { actor } });
  }
}

/** Whether an error says nothing of the run: the server takes no commands, or its database is away. */
function isPassing(error: unknown): boolean {
  return error instanceof RefusedError || isConnectionLoss(error) || isPassingFault(error);
}

/** Whoever made the job is the actor, and the job is the cause. */
function contextOf({ by, tokenId, teamId, reason }: BulkState, bulkId: string): CommandContext {
  const isToken = by === `token:${tokenId}`;
  return {
    metadata: {
      actor: by,
      teamId,
      causationId: bulkId,
      ...(!isToken && { tokenId }),
      ...(reason !== null && { reason }),
    },
  };
}
