import { QueryHandler } from '#libs/bus';
import { FindTeamNamesAt, type LedgerMoment, type TeamNames } from '#libs/contracts';
import { Turns } from '#libs/kernel';
import { findMoment, readStreamPage } from '#libs/ledger';
import { type IQueryHandler } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { memberOf, teamDecider, type TeamEvent, type TeamState } from '../domain';
import { AccessStore } from '../read/access-store';

const readAtOnce = 500;

@QueryHandler(FindTeamNamesAt)
export class FindTeamNamesAtHandler implements IQueryHandler<FindTeamNamesAt> {
  constructor(
    private readonly pool: Pool,
    private readonly store: AccessStore,
  ) {}

  async execute({ reach: { team }, people, moment }: FindTeamNamesAt): Promise<TeamNames> {
    const { name, members } = await this.teamAt(team.id, people, moment);
    return {
      teamName: name ?? team.name,
      people: new Map(people.map((id) => [id, memberOf({ members }, id)?.name ?? id])),
    };
  }

  /** If the team has not changed since, as it is; else the fold of its events. */
  private async teamAt(
    teamId: string,
    people: readonly string[],
    moment: LedgerMoment,
  ): Promise<{ readonly name?: string; readonly members: TeamState['members'] }> {
    const { version, newest } = await findMoment(this.pool, teamId, moment);
    if (version === newest || version === 0) return { members: await this.store.membersAmong([teamId], people) };
    const turns = new Turns();
    let team: TeamState | null = null;
    for (let at = 0; at < version;) {
      const limit = Math.min(readAtOnce, version - at);
      const events = await readStreamPage(this.pool, teamId, { afterVersion: at, limit });
      if (events.length === 0) break;
      for (const event of events) {
        team = teamDecider.evolve(team, event as unknown as TeamEvent);
        at = event.streamVersion;
        await turns.give();
      }
    }
    return team ?? { members: [] };
  }
}
