import { QueryHandler } from '#libs/bus';
import { CheckProvenRuns } from '#libs/contracts';
import type { IQueryHandler } from '@nestjs/cqrs';
import { checkProvenRuns } from './check-proven-runs';

@QueryHandler(CheckProvenRuns)
export class CheckProvenRunsHandler implements IQueryHandler<CheckProvenRuns> {
  execute({ proven }: CheckProvenRuns): Promise<null> {
    checkProvenRuns(proven);
    return Promise.resolve(null);
  }
}
