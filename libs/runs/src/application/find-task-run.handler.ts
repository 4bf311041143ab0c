import { QueryHandler } from '#libs/bus';
import { FindTaskRun, type TaskRunBody } from '#libs/contracts';
import { type IQueryHandler } from '@nestjs/cqrs';
import { toTaskBody } from '../read/run-body';
import { taskOfRun } from '../domain';
import { RunCommander } from './run-commander';

@QueryHandler(FindTaskRun)
export class FindTaskRunHandler implements IQueryHandler<FindTaskRun> {
  constructor(private readonly runs: RunCommander) {}

  async execute({ reach, runId, taskRunId }: FindTaskRun): Promise<TaskRunBody | null> {
    const state = await this.runs.find(reach, runId);
    const task = taskOfRun(state, taskRunId);
    return task ? toTaskBody(state, task, this.runs.clock.now()) : null;
  }
}
