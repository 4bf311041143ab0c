import { QueryHandler } from '#libs/bus';
import { FindTeamRunSettings, type ReachInTeam, type TeamRunSettings } from '#libs/contracts';
import { type IQueryHandler, Query, QueryBus } from '@nestjs/cqrs';
import { WorkflowStore } from '../read/workflow-store';
import { availableParameters } from './available-parameters';
import { unknownRevision } from './unknown-revision';

export class ListAvailableParameters extends Query<string[]> {
  constructor(
    readonly reach: ReachInTeam,
    readonly nameOrId: string,
  ) {
    super();
  }
}

@QueryHandler(ListAvailableParameters)
export class ListAvailableParametersHandler implements IQueryHandler<ListAvailableParameters> {
  constructor(
    private readonly store: WorkflowStore,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reach, nameOrId }: ListAvailableParameters): Promise<string[]> {
    const revision = await this.store.runnable(reach, nameOrId, undefined);
    if (!revision) throw unknownRevision();
    const query = new FindTeamRunSettings(reach);
    const settings = await this.queries.execute<FindTeamRunSettings, TeamRunSettings>(query);
    return availableParameters(revision, settings);
  }
}
