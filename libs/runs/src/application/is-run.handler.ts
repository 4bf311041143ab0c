import { QueryHandler } from '#libs/bus';
import { IsRun } from '#libs/contracts';
import { isId } from '#libs/kernel';
import { type IQueryHandler } from '@nestjs/cqrs';
import { RunCommander } from './run-commander';

@QueryHandler(IsRun)
export class IsRunHandler implements IQueryHandler<IsRun> {
  constructor(private readonly runs: RunCommander) {}

  async execute({ reach, runId }: IsRun): Promise<boolean> {
    return isId(runId) && (await this.runs.findMade(reach, runId)) !== null;
  }
}
