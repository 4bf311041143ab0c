import { FindServingTokens, FindTeamNames, type Reach, type ReachInTeam, reachIn } from '#libs/contracts';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { type AgentRow, OverviewStore } from './overview-store';

/** The agents that are alive, and whom they serve. */
@Injectable()
export class ServingAgents {
  constructor(
    private readonly store: OverviewStore,
    private readonly queries: QueryBus,
  ) {}

  /** Those that serve a team within the reach, by name. */
  async within(reach: Reach): Promise<AgentRow[]> {
    const living = await this.store.living();
    if (reach.kind === 'installation') return living;
    const tokenIds = [...new Set(living.map(({ tokenId }) => tokenId))];
    const serving = await Promise.all(inTeams(reach).map((each) => this.servingTokens(each, tokenIds)));
    return living.filter(({ tokenId }) => serving.some((tokens) => tokens.has(tokenId)));
  }

  /** How many of them could take an item of a type, for each team. */
  async counts(
    living: readonly AgentRow[],
    teams: ReadonlyMap<string, string>,
    reach: Reach,
  ): Promise<(teamId: string, type: string) => number> {
    const tokenIds = [...new Set(living.map(({ tokenId }) => tokenId))];
    const serving = new Map<string, ReadonlySet<string>>();
    for (const [id, name] of teams) {
      const inTeam = reachIn(reach, { id, name });
      if (inTeam) serving.set(id, await this.servingTokens(inTeam, tokenIds));
    }
    const known = new Map<string, number>();
    return (teamId, type) => {
      const key = `${teamId} ${type}`;
      let count = known.get(key);
      if (count === undefined) {
        const tokens = serving.get(teamId);
        // Every agent may ask for runs.
        count = living.filter(
          ({ tokenId, taskTypes }) => tokens?.has(tokenId) && (type === 'run' || taskTypes.includes(type)),
        ).length;
        known.set(key, count);
      }
      return count;
    };
  }

  /** Names of the teams of these items. */
  async teamNames(reach: Reach, items: readonly { readonly teamId: string }[]): Promise<ReadonlyMap<string, string>> {
    const ids = [...new Set(items.map(({ teamId }) => teamId))];
    return this.queries.execute<FindTeamNames, ReadonlyMap<string, string>>(new FindTeamNames(reach, ids));
  }

  private servingTokens(reach: ReachInTeam, tokenIds: readonly string[]): Promise<ReadonlySet<string>> {
    return this.queries.execute<FindServingTokens, ReadonlySet<string>>(new FindServingTokens(reach, tokenIds));
  }
}

function inTeams(reach: Exclude<Reach, { kind: 'installation' }>): readonly ReachInTeam[] {
  return reach.kind === 'member' ? reach.teams : [reach];
}
