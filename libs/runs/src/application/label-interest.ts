import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Pool } from 'pg';

/** Milliseconds in which the same labels are noted once. */
const noteEvery = 600_000;
/** The most labels that are remembered. */
const mostRemembered = 1000;
/** Labels that are wanted or counted, in one team. */
const mostOfTeam = 64;
/** Longer texts, and more labels at once, are not counted. */
const mostBytes = 1000;
const mostLabels = 8;

/**
 * Notes which labels people ask for although many runs carry them: `LabelCounter` counts them. Losing a note does no harm: the next one who
 * asks makes it again.
 */
@Injectable()
export class LabelInterest {
  private readonly noted = new LRUCache<string, true>({ max: mostRemembered, ttl: noteEvery });

  constructor(private readonly pool: Pool) {}

  readonly note = (teamId: string, labels: Readonly<Record<string, string>>): void => {
    const text = JSON.stringify(labels);
    if (Object.keys(labels).length > mostLabels || Buffer.byteLength(text) > mostBytes) return;
    const key = teamId + text;
    if (this.noted.has(key)) return;
    this.noted.set(key, true);
    this.write(teamId, text).catch(() => this.noted.delete(key));
  };

  private async write(teamId: string, text: string): Promise<void> {
    await this.pool.query({
      name: 'note_labels',
      text: `with again as (
               update counted_labels set asked_at = now()
                where id in (select id from counted_labels where team_id = $1 and labels = $2::jsonb for update skip locked)),
             forgotten as (
               delete from counted_labels where team_id = $1 and state = 'wanted' and asked_at < now() - interval '1 day' and labels <> $2::jsonb)
             insert into counted_labels (team_id, labels)
             select $1, $2::jsonb
              where not exists (select from counted_labels where team_id = $1 and labels = $2::jsonb)
                and (select count(*) from counted_labels where team_id = $1) < ${mostOfTeam}
             on conflict (team_id, labels) do nothing`,
      values: [teamId, text],
    });
  }
}
