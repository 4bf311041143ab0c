import {
  FindPeopleNames,
  FindTeamById,
  FindTeamNamesAt,
  FindWorkflowNamesAt,
  type LedgerMoment,
  type TeamNames,
  FindWorkflowNames,
  type Reach,
  type ReachInTeam,
  serverReach,
  type TeamRef,
  type WorkflowName,
} from '#libs/contracts';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { personIn, type ShownNames } from '../read/shown-names';

/** The things that an answer names. */
export interface NamedInRun {
  readonly workflowId: string;
  readonly initiator: string | null;
}

/** Gets the current names for runs and actions from other contexts: two queries for a whole page. */
@Injectable()
export class RunNames {
  constructor(private readonly queries: QueryBus) {}

  async of(reach: ReachInTeam, items: readonly NamedInRun[]): Promise<ShownNames> {
    const ids = [...new Set(items.map(({ workflowId }) => workflowId))];
    const people = [...new Set(items.flatMap(({ initiator }) => personIn(initiator) ?? []))];
    const [workflows, names] = await Promise.all([
      this.queries.execute<FindWorkflowNames, ReadonlyMap<string, WorkflowName>>(new FindWorkflowNames(reach, ids)),
      this.queries.execute<FindPeopleNames, ReadonlyMap<string, string>>(new FindPeopleNames(reach, people)),
    ]);
    return { teamName: reach.team.name, workflows, people: names };
  }

  /** The names as they were. */
  async at(reach: ReachInTeam, { workflowId, initiator }: NamedInRun, moment: LedgerMoment): Promise<ShownNames> {
    const person = personIn(initiator);
    const [workflows, team] = await Promise.all([
      this.queries.execute<FindWorkflowNamesAt, ReadonlyMap<string, WorkflowName>>(
        new FindWorkflowNamesAt(reach, [workflowId], moment),
      ),
      this.queries.execute<FindTeamNamesAt, TeamNames>(
        new FindTeamNamesAt(reach, person === null ? [] : [person], moment),
      ),
    ]);
    return { ...team, workflows };
  }

  /** For the answer to a command: the team's name, and that of the sender, who may have started the run. */
  async forSender(reach: Reach, actor: string): Promise<{ readonly names?: ShownNames }> {
    if (reach.kind !== 'team' && reach.kind !== 'workflow') return {};
    const person = personIn(actor);
    const people =
      person === null
        ? undefined
        : await this.queries.execute<FindPeopleNames, ReadonlyMap<string, string>>(
            new FindPeopleNames(reach, [person]),
          );
    return { names: { teamName: reach.team.name, ...(people && { people }) } };
  }

  /** For callers that work for many teams and name none. */
  async ofTeam({ teamId, teamName }: { readonly teamId: string; readonly teamName: string }): Promise<ShownNames> {
    const team = await this.queries.execute<FindTeamById, TeamRef | null>(new FindTeamById(serverReach, teamId));
    return { teamName: team?.name ?? teamName };
  }
}
