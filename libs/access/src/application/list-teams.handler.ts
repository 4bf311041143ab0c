import { QueryHandler } from '#libs/bus';
import { type Reach, type TeamBody } from '#libs/contracts';
import { readPage } from '#libs/database';
import { jsonBytes } from '#libs/kernel';
import { type IQueryHandler, Query } from '@nestjs/cqrs';
import { type TeamState } from '../domain';
import { AccessStore, type TeamFilters } from '../read/access-store';
import { TeamView } from '../read/team-view';

export class ListTeams extends Query<{ teams: TeamBody[]; total: number }> {
  constructor(
    readonly reach: Reach,
    readonly filters: TeamFilters,
  ) {
    super();
  }
}

@QueryHandler(ListTeams)
export class ListTeamsHandler implements IQueryHandler<ListTeams> {
  constructor(
    private readonly store: AccessStore,
    private readonly view: TeamView,
  ) {}

  async execute({ reach, filters }: ListTeams): Promise<{ teams: TeamBody[]; total: number }> {
    const { teams, total } = await this.store.listTeams(reach, filters);
    const byId = new Map(teams.map((team) => [team.id, team]));
    // The answer for a team is larger than its stored state, because it lists the team's workflows.
    const bodies = await readPage([...byId.keys()], (ids) =>
      Promise.all(
        ids.map(async (id) => {
          const body = await this.view.show(byId.get(id) as TeamState);
          return { id, body, bytes: jsonBytes(body) };
        }),
      ),
    );
    return { teams: bodies.map(({ body }) => body), total };
  }
}
