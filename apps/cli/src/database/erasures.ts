import { printable, table } from '#libs/terminal';
import type { Pool } from 'pg';
import { write, writeJson } from '../output';
import { onPool } from './open';

export interface ErasuresOptions {
  readonly reapply?: true;
  readonly json?: true;
}

/** As its event has it. */
interface Recorded {
  readonly id: string;
  readonly at: number;
  readonly teamId: string | null;
  readonly subject: string;
  readonly by: string;
  readonly reason: string;
  readonly keys: readonly string[];
}

/** Lists what was erased; `reapply`: throws away the keys of it that a backup has brought back. */
export async function listErasures({ reapply, json }: ErasuresOptions): Promise<void> {
  const { recorded, gone } = await onPool(async (pool) => ({
    recorded: await recordedErasures(pool),
    gone: reapply ? await eraseAgain(pool) : 0,
  }));
  if (reapply) {
    return json
      ? writeJson({ erasures: recorded.length, keys: gone })
      : write(`${gone} keys of ${recorded.length} erasures were there again, and are thrown away.\n`);
  }
  if (json) {
    for (const { at, ...each } of recorded) await writeJson({ ...each, time: new Date(at).toISOString() });
    return;
  }
  const rows = recorded.map(({ at, subject, teamId, by, keys, reason }) =>
    [new Date(at).toISOString(), subject, teamId ?? 'all', by, String(keys.length), reason].map(printable),
  );
  await write(table([['TIME', 'SUBJECT', 'TEAM', 'BY', 'KEYS', 'REASON'], ...rows]));
}

async function recordedErasures(pool: Pool): Promise<Recorded[]> {
  const { rows } = await pool.query<{ id: string; data: Omit<Recorded, 'id'> }>(
    `select r.id, e.data::jsonb as data
       from erasure r join event e on e.stream_id = r.id and e.stream_version = 1 order by e.position`,
  );
  return rows.map(({ id, data }) => ({ ...data, id }));
}

async function eraseAgain(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ gone: number }>('select personal_keys_erase() as gone');
  return rows[0]?.gone ?? 0;
}
