import { QueryHandler } from '#libs/bus';
import { FindTeamOfRun } from '#libs/contracts';
import { isId } from '#libs/kernel';
import { type IQueryHandler } from '@nestjs/cqrs';
import { RunCommander } from './run-commander';

@QueryHandler(FindTeamOfRun)
export class FindTeamOfRunHandler implements IQueryHandler<FindTeamOfRun> {
  constructor(private readonly runs: RunCommander) {}

  async execute({ reach, runId }: FindTeamOfRun): Promise<string | null> {
    return isId(runId) ? ((await this.runs.findMade(reach, runId))?.teamId ?? null) : null;
  }
}
