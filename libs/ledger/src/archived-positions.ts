import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { eventDigest } from './event-digest';
import { readStored } from './read-ledger';

/** What the chain needs of an event. */
export interface ChainLink {
  readonly position: number;
  /** Microseconds since the epoch. */
  readonly recordedAt: bigint;
  readonly digest: Buffer;
  readonly hash: Buffer;
  /** The event itself lies in an archive; the database has only its entry of the transparency log. */
  readonly isArchived: boolean;
}

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

/**
 * The links of the chain after a position, in order, at most `limit`. An archived one comes from the bundles of the transparency log; one that is
 * neither there nor archived is left out.
 */
export async function readLinks(
  pool: Pool | PoolClient,
  after: number,
  limit: number,
  archived: ArchivedPositions,
): Promise<ChainLink[]> {
  const events = await readStored(pool, after, limit);
  const links = events.map((event): ChainLink => {
    const { position, recordedAt, hash } = event;
    return { position, recordedAt, hash, digest: eventDigest(event), isArchived: false };
  });
  if (links.length === limit || archived.isEmpty) return links;
  const there = new Set(links.map(({ position }) => position));
  const gone = Array.from({ length: limit }, (_, index) => after + index + 1).filter(
    (position) => !there.has(position) && archived.has(position),
  );
  return [...links, ...(await loggedLinks(pool, gone))].sort((a, b) => a.position - b.position);
}

async function loggedLinks(pool: Pool | PoolClient, positions: readonly number[]): Promise<ChainLink[]> {
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
