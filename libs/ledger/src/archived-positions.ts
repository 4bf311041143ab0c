import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { ChainLink } from './chain-link';

/** Positions from `first` to before `end`. */
interface Range {
  readonly first: number;
  readonly end: number;
}

/** `{[1,5),[9,10)}`, as PostgreSQL writes a multirange. */
export function positionsText(positions: readonly number[]): string {
  const ranges: Range[] = [];
  for (const position of [...positions].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.end === position) ranges.splice(-1, 1, { first: last.first, end: position + 1 });
    else ranges.push({ first: position, end: position + 1 });
  }
  return `{${ranges.map(({ first, end }) => `[${first},${end})`).join(',')}}`;
}

export function positionsHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function parsePositions(text: string): Range[] {
  return [...text.matchAll(/\[(\d+),(\d+)\)/g)].map(([, first, end]) => ({ first: Number(first), end: Number(end) }));
}

/**
 * The positions whose events lie in archives: those of which an event of the ledger gives the hash. What is missing elsewhere was deleted.
 */
export class ArchivedPositions {
  private constructor(private readonly ranges: readonly Range[]) {}

  static async read(pool: Pool | PoolClient): Promise<ArchivedPositions> {
    const { rows } = await pool.query<{ positions: string; wanted: string | null }>({
      name: 'archived_positions',
      text: `select a.positions::text, e.data::jsonb ->> 'positionsSha256' as wanted
               from ledger_archive a join event e on e.stream_id = a.id and e.stream_version = 1 and e.type = 'RunsArchived'
              where a.positions is not null`,
    });
    const good = rows.filter(({ positions, wanted }) => positionsHash(positions) === wanted);
    const ranges = good.flatMap(({ positions }) => parsePositions(positions));
    return new ArchivedPositions(ranges.sort((a, b) => a.first - b.first));
  }

  get isEmpty(): boolean {
    return this.ranges.length === 0;
  }

  has(position: number): boolean {
    let [low, high] = [0, this.ranges.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ranges[middle]?.first ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return position < (this.ranges[low - 1]?.end ?? 0);
  }
}

/** Entries in a bundle, and the bytes of one with its length: see docs/verify.md. */
const bundled = 256;
const entryBytes = 83;

/** The links that the transparency log has of archived positions. */
export async function loggedLinks(pool: Pool | PoolClient, positions: readonly number[]): Promise<ChainLink[]> {
  const tileOf = (position: number) => Math.floor((position - 1) / bundled);
  const { rows } = await pool.query<{ tile: string; entries: Buffer }>({
    name: 'logged_links',
    text: 'select tile, entries from tree_bundle where tile = any($1::bigint[])',
    values: [[...new Set(positions.map(tileOf))]],
  });
  const bundles = new Map(rows.map(({ tile, entries }) => [Number(tile), entries]));
  return positions.flatMap((position) => {
    const start = ((position - 1) % bundled) * entryBytes + 2;
    const entry = bundles.get(tileOf(position))?.subarray(start, start + entryBytes - 2);
    if (entry?.length !== entryBytes - 2 || entry.readBigUInt64BE(1) !== BigInt(position)) return [];
    const recordedAt = entry.readBigInt64BE(9);
    return [{ position, recordedAt, digest: entry.subarray(17, 49), hash: entry.subarray(49), isArchived: true }];
  });
}
