import type { ReachInTeam } from '#libs/contracts';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { type SavedView, type SavedViewsState, unknownView } from '../domain';

export interface OwnedView {
  readonly view: SavedView;
  /** It is the team's. */
  readonly shared: boolean;
}

/** Reads saved views: those of the team, and those of one person in it. */
@Injectable()
export class SavedViewStore {
  constructor(private readonly pool: Pool) {}

  /** The team's first. */
  async list(reach: ReachInTeam, person: string | null): Promise<OwnedView[]> {
    const { rows } = await this.pool.query<{ state: SavedViewsState }>({
      name: 'saved_views_of',
      text: `select state from saved_views
              where team_id = $1 and (state ->> 'person' is null or state ->> 'person' = $2)
              order by state ->> 'person' nulls first`,
      values: [reach.team.id, person],
    });
    return rows.flatMap(({ state }) => state.views.map((view) => ({ view, shared: state.person === null })));
  }

  /** @throws RefusedError VIEW_INVALID_REFERENCE unless it is the team's, or the person's. */
  async find(reach: ReachInTeam, person: string | null, id: string): Promise<OwnedView> {
    const found = (await this.list(reach, person)).find(({ view }) => view.id === id);
    if (!found) throw unknownView();
    return found;
  }
}
