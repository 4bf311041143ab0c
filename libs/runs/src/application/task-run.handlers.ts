import type { TaskRunBody } from '#libs/contracts';
import { isId, RefusedError } from '#libs/kernel';
import type { CommandContext } from '#libs/ledger';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Pool } from 'pg';
import {
  taskOfRun,
  type CancelTask,
  type EndTask,
  type Holder,
  type StartTask,
  type WorkflowRunState,
} from '../domain';
import { findRunOfTask } from '../read/load-run-states';
import { toTaskBody } from '../read/run-body';
import type { RunScope } from './run-category';
import { RunCommander } from './run-commander';

type Message<Type> = Type extends unknown ? Omit<Type, 'now' | 'taskId' | 'holder'> : never;

/** An agent's message about a task: it has started, ended, or is not to go on. */
export class ReportTaskRun extends Command<TaskRunBody> {
  constructor(
    readonly taskRunId: string,
    readonly message: Message<StartTask | EndTask | CancelTask>,
    readonly holder: Holder,
    readonly context: CommandContext,
    /** The team of the agent's token; absent for a token of all teams. */
    readonly teamId?: string,
  ) {
    super();
  }
}

export function unknownTask(): RefusedError {
  return new RefusedError('TASKRUN_INVALID_REFERENCE', 'Invalid TaskRun reference has been provided.');
}

@CommandHandler(ReportTaskRun)
export class ReportTaskRunHandler implements ICommandHandler<ReportTaskRun> {
  constructor(
    private readonly runs: RunCommander,
    private readonly pool: Pool,
  ) {}

  async execute({ taskRunId, message, holder, context, teamId }: ReportTaskRun): Promise<TaskRunBody> {
    const runId = isId(taskRunId) ? await findRunOfTask(this.pool, taskRunId) : null;
    if (runId === null) throw unknownTask();
    const scope: { scope?: RunScope } = teamId === undefined ? {} : { scope: { teamId } };
    const shape = (state: WorkflowRunState, now: number): TaskRunBody => {
      const task = taskOfRun(state, taskRunId);
      if (!task) throw unknownTask();
      return toTaskBody(state, task, now);
    };
    try {
      return await this.runs.execute(runId, { ...message, ...scope, taskId: taskRunId, holder }, context, shape);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (error.reason === 'WORKFLOWRUN_INVALID_REFERENCE') throw unknownTask();
      if (error.state === undefined) throw error;
      const state = await this.runs.find(runId);
      throw new RefusedError(error.reason, error.message, shape(state, this.runs.clock.now()));
    }
  }
}
