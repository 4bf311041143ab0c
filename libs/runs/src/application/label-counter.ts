import { advisoryLocks, BackgroundPool, ifLockIsFree, Rounds } from '#libs/database';
import { Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds between two passes. */
const interval = 5000;
/** Labels of one team that are counted at once: each of its runs that has labels is compared with so many when it changes. */
const mostCounted = 32;
/** Runs of a team in whose days labels are counted at once. */
const stepRuns = 200_000;
/** Counters that go in one statement. */
const droppedAtOnce = 10_000;

/**
 * Counts labels that people ask for and many runs carry, so that counts and lists need not read those runs. Appends go on meanwhile: see
 * docs/adr/0025-counted-labels.md. If several servers do it, one works at a time. The program starts and stops it.
 */
@Injectable()
export class LabelCounter {
  private readonly rounds = new Rounds(interval);

  constructor(private readonly pool: BackgroundPool) {}

  start(onError: (error: unknown) => void): void {
    this.rounds.start(() => this.pass(), onError);
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  /** Counts all that are wanted, and drops what nobody asks for. Answers how many labels are counted now that were not; null if another server does it. */
  async pass(): Promise<number | null> {
    if ((await this.due(this.pool)).length === 0) return 0;
    return ifLockIsFree(this.pool, advisoryLocks.labels, (client) => this.work(client));
  }

  private async work(client: PoolClient): Promise<number> {
    let counted = 0;
    for (const { id, state } of await this.due(client)) {
      if (this.rounds.isStopped) break;
      if (state === 'counted') await this.move(client, id, 'counted', 'dropped');
      if (state === 'counted' || state === 'dropped') await this.drop(client, id);
      else if (state === 'counting' || (await this.move(client, id, 'wanted', 'counting'))) {
        if (await this.count(client, id)) counted++;
      }
    }
    return counted;
  }

  /**
   * What is to be done, in this order: labels that are dropped, or counted and not asked for in a day while others wait for their place; then
   * those that are wanted and have a place.
   */
  private async due(client: Pool | PoolClient): Promise<{ id: string; state: string }[]> {
    const { rows } = await client.query<{ id: string; state: string }>({
      name: 'labels_to_count',
      text: `with placed as (
               select id, team_id, state, asked_at, row_number() over (partition by team_id order by state = 'wanted', asked_at) as place,
                      count(*) over (partition by team_id) as all_of_team
                 from counted_labels where state <> 'dropped')
             select id, state from counted_labels where state = 'dropped'
             union all
             select id, state from placed
              where state = 'counted' and asked_at < now() - interval '1 day' and place <= all_of_team - ${mostCounted}
             union all
             select id, state from placed where state = 'counting' or (state = 'wanted' and place <= ${mostCounted})`,
    });
    return rows;
  }

  private async move(client: PoolClient, id: string, from: string, to: string): Promise<boolean> {
    const { rows } = await client.query<{ moved: boolean }>({
      name: 'move_labels',
      text: 'select counted_labels_move($1, $2, $3) as moved',
      values: [id, from, to],
    });
    return rows[0]?.moved ?? false;
  }

  /** Rests for as long as each step takes. Answers whether they are counted. */
  private async count(client: PoolClient, id: string): Promise<boolean> {
    while (!this.rounds.isStopped) {
      const began = performance.now();
      const { rows } = await client.query<{ more: boolean | null }>({
        name: 'count_labels',
        text: 'select counted_labels_step($1, $2) as more',
        values: [id, stepRuns],
      });
      if (!rows[0]?.more) return rows[0]?.more === false;
      await pause(performance.now() - began);
    }
    return false;
  }

  private async drop(client: PoolClient, id: string): Promise<void> {
    for (let rest = droppedAtOnce; rest === droppedAtOnce && !this.rounds.isStopped;) {
      const { rowCount } = await client.query({
        name: 'drop_label_counts',
        text: `delete from run_label_count where ctid = any(array(select ctid from run_label_count where counted_id = $1 limit ${droppedAtOnce}))`,
        values: [id],
      });
      rest = rowCount ?? 0;
    }
    if (!this.rounds.isStopped)
      await client.query(`delete from counted_labels where id = $1 and state = 'dropped'`, [id]);
  }
}
