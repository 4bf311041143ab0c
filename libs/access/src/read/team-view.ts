import { type Clock, CLOCK } from '#libs/kernel';
import {
  FindTeamUsage,
  FindWorkflowSummaries,
  serverReachIn,
  type TeamBody,
  type TeamUsage,
  type WorkflowSummaryBody,
} from '#libs/contracts';
import { Injectable, Inject } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { TeamState } from '../domain';
import { type TeamSurroundings, toTeamBody } from './bodies';

/** Builds the answer for a team, with its usage and its workflows. */
@Injectable()
export class TeamView {
  constructor(
    private readonly queries: QueryBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async surroundings(teamId: string): Promise<TeamSurroundings> {
    const reach = serverReachIn({ id: teamId, name: '' });
    const [usage, workflows] = await Promise.all([
      this.queries.execute<FindTeamUsage, TeamUsage>(new FindTeamUsage(reach)),
      this.queries.execute<FindWorkflowSummaries, WorkflowSummaryBody[]>(new FindWorkflowSummaries(reach)),
    ]);
    return { usage, workflows };
  }

  body(team: TeamState, surroundings: TeamSurroundings): TeamBody {
    return toTeamBody(team, surroundings, this.clock.now());
  }

  async show(team: TeamState): Promise<TeamBody> {
    return this.body(team, await this.surroundings(team.id));
  }
}
