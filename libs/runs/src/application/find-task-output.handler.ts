import { QueryHandler } from '#libs/bus';
import { FindTaskOutput, type TaskOutput } from '#libs/contracts';
import type { IQueryHandler } from '@nestjs/cqrs';
import { holds } from '../domain';
import { RunCommander } from './run-commander';

@QueryHandler(FindTaskOutput)
export class FindTaskOutputHandler implements IQueryHandler<FindTaskOutput> {
  constructor(private readonly runs: RunCommander) {}

  async execute({ reach, taskRunId, holder }: FindTaskOutput): Promise<TaskOutput | null> {
    const found = await this.runs.findTask(reach, taskRunId);
    if (!found) return null;
    const { task, place } = found;
    return {
      teamId: place.teamId,
      fence: task.fence,
      isHeld: holder !== undefined && holds(task, holder),
      hasBegun: task.phase === 'running' || task.tries > 0 || task.attempts > 0,
      hasEnded: task.phase === 'completed',
      given: [task.params, task.spec],
    };
  }
}
