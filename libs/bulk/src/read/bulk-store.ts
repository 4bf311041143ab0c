import { onlyWorkflowOf, type ReachInTeam } from '#libs/contracts';
import { Conditions } from '#libs/database';
import { type BulkOutcome, type BulkStatus, type FaultReason, isId } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { BulkState } from '../domain';

/** A job without its runs. */
export type StoredBulk = Omit<BulkState, 'runs'> & { readonly id: string; readonly size: number };

export interface StoredRun {
  readonly run_id: string;
  readonly outcome: BulkOutcome;
  readonly reason: FaultReason | null;
  readonly message: string | null;
  readonly retry_id: string | null;
}

interface PageRequest {
  readonly page: number;
  readonly limit: number;
}

/** Reads bulk jobs. The token of a workflow sees those that were made with its reach. */
@Injectable()
export class BulkStore {
  constructor(private readonly pool: Pool) {}

  async find(reach: ReachInTeam, id: string): Promise<StoredBulk | null> {
    if (!isId(id)) return null;
    const within = conditionsOf(reach).add('id = ?::uuid', id);
    const { rows } = await this.pool.query<{ state: Omit<StoredBulk, 'id'> }>(
      `select state from bulk where ${within.sql}`,
      within.values,
    );
    return rows[0] ? { ...rows[0].state, id } : null;
  }

  /** Newest first. */
  async list(
    reach: ReachInTeam,
    { page, limit, statuses }: PageRequest & { readonly statuses: readonly BulkStatus[] | undefined },
  ): Promise<{ readonly jobs: readonly StoredBulk[]; readonly total: number }> {
    const within = conditionsOf(reach);
    if (statuses) within.add('status = any(?::text[])', statuses);
    const counted = this.pool.query<{ total: string }>(
      `select count(*) as total from bulk where ${within.sql}`,
      within.values.slice(),
    );
    const condition = within.sql;
    const [most, skipped] = [within.value(limit), within.value(page * limit)];
    const found = this.pool.query<{ id: string; state: Omit<StoredBulk, 'id'> }>(
      `select id, state from bulk where ${condition} order by id desc limit ${most} offset ${skipped}`,
      within.values,
    );
    const [{ rows: totals }, { rows }] = await Promise.all([counted, found]);
    return { jobs: rows.map(({ id, state }) => ({ ...state, id })), total: Number(totals[0]?.total ?? 0) };
  }

  /** The runs of a job in their order, with these outcomes; absent: all. */
  async runs(
    { id, status }: StoredBulk,
    { page, limit, outcomes }: PageRequest & { readonly outcomes: readonly BulkOutcome[] | undefined },
  ): Promise<{ readonly runs: readonly StoredRun[]; readonly total: number }> {
    const open: BulkOutcome = status === 'running' ? 'pending' : 'left';
    // What nothing has come of is stored by one word, whether the job goes on or not.
    const stored = outcomes?.flatMap((each) =>
      each === open ? ['pending'] : each === 'pending' || each === 'left' ? [] : [each],
    );
    const where = `bulk_id = $1 and ($2::text[] is null or outcome = any($2))`;
    const [found, counted] = await Promise.all([
      this.pool.query<StoredRun>(
        `select run_id, outcome, reason, message, retry_id from bulk_run where ${where} order by place limit $3 offset $4`,
        [id, stored ?? null, limit, page * limit],
      ),
      this.pool.query<{ total: string }>(`select count(*) as total from bulk_run where ${where}`, [id, stored ?? null]),
    ]);
    const runs = found.rows.map((row) => (row.outcome === 'pending' ? { ...row, outcome: open } : row));
    return { runs, total: Number(counted.rows[0]?.total ?? 0) };
  }
}

function conditionsOf(reach: ReachInTeam): Conditions {
  return Conditions.within(reach.team.id, onlyWorkflowOf(reach));
}
