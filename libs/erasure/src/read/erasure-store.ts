import { teamIdsOf, type Reach } from '#libs/contracts';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { ErasureState } from '../domain';

export interface StoredErasure extends ErasureState {
  readonly id: string;
}

/** The keys of one person: how many, under which names, in which teams. */
export interface KeysOfSubject {
  /** The person's own name, where the given one is an e-mail address that is known to be theirs. */
  readonly subject: string;
  readonly keys: readonly string[];
  readonly teamIds: readonly string[];
}

/** Reads erasures, and the keys that can be thrown away. */
@Injectable()
export class ErasureStore {
  constructor(private readonly pool: Pool) {}

  /** The keys of a person within the reach. */
  async keysOf(reach: Reach, given: string): Promise<KeysOfSubject> {
    const teams = teamIdsOf(reach);
    const { rows } = await this.pool.query<{ id: string; team_id: string | null; owner: string }>({
      name: 'personal_keys_of',
      text: `select id, team_id, owner from personal_key
              where ($2::uuid[] is null or team_id = any($2))
                and owner in (select $1 union select owner from personal_key
                               where subject = $1 and ($2::uuid[] is null or team_id = any($2)))
              order by id`,
      values: [given, teams],
    });
    return {
      subject: rows.find(({ owner }) => owner !== given)?.owner ?? given,
      keys: rows.map(({ id }) => id),
      teamIds: [...new Set(rows.flatMap(({ team_id }) => team_id ?? []))].sort(),
    };
  }

  /** The latest erasure of a person that this reach has asked for. */
  async latest(reach: Reach, subject: string): Promise<StoredErasure | null> {
    const { rows } = await this.pool.query<{ id: string; state: ErasureState }>({
      name: 'latest_erasure',
      text: `select id, state from erasure
              where state ->> 'subject' = $1 and ($2::uuid[] is null or team_id = any($2)) order by id desc limit 1`,
      values: [subject, teamIdsOf(reach)],
    });
    return rows[0] ? { ...rows[0].state, id: rows[0].id } : null;
  }

  /** Erasures within the reach, newest first: those of a team, and those of the installation that touch it. */
  async list(
    reach: Reach,
    { page, limit }: { readonly page: number; readonly limit: number },
  ): Promise<{ readonly erasures: readonly StoredErasure[]; readonly total: number }> {
    const within = `($1::text[] is null or team_id::text = any($1) or state -> 'teamIds' ?| $1)`;
    const [found, count] = await Promise.all([
      this.pool.query<{ id: string; state: ErasureState }>(
        `select id, state from erasure where ${within} order by id desc limit $2 offset $3`,
        [teamIdsOf(reach), limit, page * limit],
      ),
      this.pool.query<{ total: string }>(`select count(*) as total from erasure where ${within}`, [teamIdsOf(reach)]),
    ]);
    return {
      erasures: found.rows.map(({ id, state }) => ({ ...state, id })),
      total: Number(count.rows[0]?.total ?? 0),
    };
  }
}
