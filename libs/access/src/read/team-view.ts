import {
  FindTeamUsage,
  FindWorkflowSummaries,
  serverReachIn,
  type TeamBody,
  type TeamUsage,
  type WorkflowSummaryBody,
} from '#libs/contracts';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { TeamState } from '../domain';
import { toTeamBody } from './bodies';

/** What other rooms contribute to the view of a team. */
export interface TeamSurroundings {
  readonly usage: TeamUsage;
  readonly workflows: readonly WorkflowSummaryBody[];
}

/** Builds the answer for a team, with its usage and its workflows. */
@Injectable()
export class TeamView {
  constructor(private readonly queries: QueryBus) {}

  async surroundings(teamId: string): Promise<TeamSurroundings> {
    const reach = serverReachIn({ id: teamId, name: '' });
    const [usage, workflows] = await Promise.all([
      this.queries.execute<FindTeamUsage, TeamUsage>(new FindTeamUsage(reach)),
      this.queries.execute<FindWorkflowSummaries, WorkflowSummaryBody[]>(new FindWorkflowSummaries(reach)),
    ]);
    return { usage, workflows };
  }

  body(team: TeamState, surroundings: TeamSurroundings): TeamBody {
    return toTeamBody(team, surroundings, Date.now());
  }

  async show(team: TeamState): Promise<TeamBody> {
    return this.body(team, await this.surroundings(team.id));
  }
}
