import {
  allows,
  type ArchivedRun,
  FindArchivedRun,
  isArchived,
  permissionsAt,
  type Place,
  type Reach,
  reaches,
  serverReach,
} from '#libs/contracts';
import { type Clock, CLOCK, headOf, isId, RefusedError, type CommandContext } from '#libs/kernel';
import { CommandProcessor, type Effect, executeAllFor, executeFor, type VersionedState } from '#libs/ledger';
import { Inject, Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Pool } from 'pg';
import {
  type Plan,
  type RunCommand,
  type RunEvent,
  type SettleTask,
  taskOfRun,
  type TaskRunState,
  type WorkflowRunState,
} from '../domain';
import { toRunBody } from '../read/run-body';
import { placeOfRun, RUN_CATEGORY, type RunCategory, type SentRunCommand, unknownRun } from './run-category';

/** `Omit` over each member of a union. */
type WithoutNow<Command> = Command extends unknown ? Omit<Command, 'now'> : never;

export type TaskSettlement = Omit<SettleTask, 'type' | 'now'>;

export interface TaskOfRun {
  readonly runId: string;
  readonly place: Place;
  readonly task: TaskRunState;
}

/**
 * The only path from a handler to a run's stream: adds the time, checks the reach, runs the command, builds the answer.
 */
@Injectable()
export class RunCommander {
  constructor(
    private readonly pool: Pool,
    private readonly processor: CommandProcessor,
    @Inject(RUN_CATEGORY) private readonly category: RunCategory,
    @Inject(CLOCK) readonly clock: Clock,
    private readonly queries: QueryBus,
  ) {}

  async execute<Answer>(
    reach: Reach,
    runId: string,
    command: WithoutNow<RunCommand> & Pick<SentRunCommand, 'quotas' | 'mustStand'>,
    context: CommandContext,
    shape: (state: WorkflowRunState, now: number, events: readonly RunEvent[]) => Answer,
  ): Promise<Answer> {
    if (!isId(runId)) throw unknownRun();
    if (command.type === 'SubmitRun') await this.category.stored.store(this.pool, command.submission.tasks);
    const now = this.clock.now();
    const request = { streamId: runId, command: { ...command, reach, now } as SentRunCommand };
    try {
      return await withCurrentShown(reach, now, () =>
        executeFor(this.processor, this.category, context, request, (state, events) => shape(state, now, events)),
      );
    } catch (error) {
      if (error instanceof RefusedError && error.reason === 'WORKFLOWRUN_INVALID_REFERENCE') {
        await this.refuseArchived(reach, runId);
      }
      throw error;
    }
  }

  /** Commands to several runs, or several to one: one commit for all, or none. At least one. */
  async executeAll<Answer>(
    reach: Reach,
    commands: readonly { readonly runId: string; readonly command: WithoutNow<RunCommand> }[],
    context: CommandContext,
    shape: (effects: readonly Effect<WorkflowRunState, RunEvent>[]) => Answer,
  ): Promise<Answer> {
    const now = this.clock.now();
    const parts = commands.map(({ runId, command }) => {
      if (!isId(runId)) throw unknownRun();
      return { streamId: runId, command: { ...command, reach, now } };
    });
    return withCurrentShown(reach, now, () => executeAllFor(this.processor, this.category, context, parts, shape));
  }

  /** The plan of a list of tasks, which all runs of it share. */
  planOf(tasks: readonly unknown[]): Plan {
    return this.category.stored.of(tasks);
  }

  /**
   * Work that a task requested outside its stream has succeeded or failed; a task that no longer waits for it does not
   * change. `causationId`: what it is, where it is known.
   */
  async settleTask(runId: string, task: TaskSettlement, actor: string, causationId = task.taskId): Promise<void> {
    const command = { type: 'SettleTask' as const, ...task };
    await unlessRefused(this.execute(serverReach, runId, command, { metadata: { actor, causationId } }, () => null));
  }

  /** The run with this id within the reach, if it exists already. */
  async findMade(reach: Reach, runId: string): Promise<WorkflowRunState | null> {
    return (await this.made(reach, runId))?.state ?? null;
  }

  private async made(reach: Reach, runId: string): Promise<VersionedState<WorkflowRunState> | null> {
    const found = await this.processor.load(this.category, runId);
    if (!found || !reaches(reach, placeOfRun(found.state))) return null;
    // A server may know the state of a run whose events have left the database.
    return found.state.phase === 'finalized' && (await this.archived(reach, runId)) ? null : found;
  }

  /** @throws RefusedError WORKFLOWRUN_ARCHIVED that says where the run lies, if it has left the database and the reach covers it. */
  async refuseArchived(reach: Reach, runId: string): Promise<void> {
    const archived = await this.archived(reach, runId);
    if (archived) throw isArchived(runId, archived);
  }

  private archived(reach: Reach, runId: string): Promise<ArchivedRun | null> {
    return this.queries.execute<FindArchivedRun, ArchivedRun | null>(new FindArchivedRun(reach, runId));
  }

  /** One task, and its run; null if the reach covers none. */
  async findTask(reach: Reach, taskRunId: string): Promise<TaskOfRun | null> {
    return isId(taskRunId) ? taskIn(await this.findMade(reach, headOf(taskRunId)), taskRunId) : null;
  }

  /** The same, of the last known state: another server may have moved the task on, but not to another run. */
  async lastKnownTask(reach: Reach, taskRunId: string): Promise<TaskOfRun | null> {
    if (!isId(taskRunId)) return null;
    const state = (await this.processor.lastKnown(this.category, headOf(taskRunId)))?.state;
    return state && reaches(reach, placeOfRun(state)) ? taskIn(state, taskRunId) : null;
  }

  /** The stored run, or the common error for every run that the caller may not see. */
  async find(reach: Reach, runId: string): Promise<WorkflowRunState> {
    return (await this.findVersioned(reach, runId)).state;
  }

  /** The same, with the version of its stream. */
  async findVersioned(reach: Reach, runId: string): Promise<VersionedState<WorkflowRunState>> {
    const found = isId(runId) ? await this.made(reach, runId) : null;
    if (!found && isId(runId)) await this.refuseArchived(reach, runId);
    if (!found) throw unknownRun();
    return found;
  }
}

function taskIn(run: WorkflowRunState | null, taskRunId: string): TaskOfRun | null {
  const task = run ? taskOfRun(run, taskRunId) : undefined;
  return run && task ? { runId: run.id, place: placeOfRun(run), task } : null;
}

/** A refusal shows the current run only to callers who may read it. */
async function withCurrentShown<Answer>(reach: Reach, now: number, execute: () => Promise<Answer>): Promise<Answer> {
  try {
    return await execute();
  } catch (error) {
    const current = error instanceof RefusedError ? (error.state as WorkflowRunState | undefined) : undefined;
    if (!(error instanceof RefusedError) || !current?.workflow) throw error;
    const mayRead = allows(permissionsAt(reach, placeOfRun(current)) ?? [], 'workflowrun/read');
    const refusal = new RefusedError(error.reason, error.message, mayRead ? toRunBody(current, now) : undefined);
    throw refusal.within(current.teamId);
  }
}

/** Null if the run has moved on, does not exist, or refuses the command: for offers that may no longer be wanted. */
export async function unlessRefused<Answer>(command: Promise<Answer>): Promise<Answer | null> {
  try {
    return await command;
  } catch (error) {
    if (error instanceof RefusedError && error.status < 500) return null;
    throw error;
  }
}
