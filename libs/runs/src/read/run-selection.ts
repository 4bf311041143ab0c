import type { ReachInTeam } from '#libs/contracts';
import type { Pool } from 'pg';
import { type LabelLook, lookAtLabels, type OnCommonLabels } from './label-look';
import type { RunFilters } from './run-filters';

/** The runs that a search or a count is about. */
export interface RunSelection {
  readonly pool: Pool;
  readonly reach: ReachInTeam;
  readonly filters: RunFilters;
  /** Null: the filters name no labels. */
  readonly labels: LabelLook | null;
}

export async function selectRuns(
  pool: Pool,
  reach: ReachInTeam,
  filters: RunFilters,
  onCommon?: OnCommonLabels,
): Promise<RunSelection> {
  return { pool, reach, filters, labels: await lookAtLabels(pool, reach.team.id, filters, onCommon) };
}
