import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { type Entry, entryIn, type Nodes, nodesIn, type TileId, tilesFor, tileWidth } from '../domain';

export interface StoredCheckpoint {
  readonly origin: string;
  /** The log's key as text. */
  readonly key: string;
  readonly size: number;
  /** The signed note. */
  readonly note: string;
  readonly isCosigned: boolean;
}

/** Where one part of the log stands. */
export interface LogWork {
  /** `builder`, `signer`, or a sink. */
  readonly name: string;
  /** Events that it has done. */
  readonly size: number;
  /** Why it does not go on; null if it does. */
  readonly alarm: string | null;
}

/** The name of the subscription whose position is the size of the tree. */
export const treeSubscription = 'transparency';

interface CheckpointRow {
  readonly origin: string;
  readonly key: string;
  readonly size: string;
  readonly note: string;
  readonly is_cosigned: boolean;
}

/** Reads the tree and what was signed of it. */
@Injectable()
export class TreeStore {
  constructor(private readonly pool: Pool) {}

  /** The number of events in the tree. */
  async size(client: Pool | PoolClient = this.pool): Promise<number> {
    const { rows } = await client.query<{ position: string }>({
      name: 'tree_size',
      text: 'select position from subscription where name = $1',
      values: [treeSubscription],
    });
    return Number(rows[0]?.position ?? 0);
  }

  /** The hashes of these tiles, by `level/tile`; a tile that is not there is absent. */
  async tiles(ids: readonly TileId[], client: Pool | PoolClient = this.pool): Promise<ReadonlyMap<string, Buffer>> {
    if (ids.length === 0) return new Map();
    const { rows } = await client.query<{ level: number; tile: string; hashes: Buffer }>({
      name: 'tree_tiles',
      text: `select t.level, t.tile, t.hashes from unnest($1::int[], $2::bigint[]) as w(level, tile)
               join tree_tile t on t.level = w.level and t.tile = w.tile`,
      values: [ids.map(({ level }) => level), ids.map(({ tile }) => tile)],
    });
    return new Map(rows.map(({ level, tile, hashes }) => [`${level}/${tile}`, hashes]));
  }

  /** Computes something from the tree: reads the tiles that it needs, in one statement. `compute` has no effect. */
  async compute<Result>(compute: (nodes: Nodes) => Result, client: Pool | PoolClient = this.pool): Promise<Result> {
    const tiles = await this.tiles(tilesFor(compute), client);
    return compute(nodesIn(({ level, tile }) => tiles.get(`${level}/${tile}`) ?? Buffer.alloc(0)));
  }

  /** The bundle of entries of a tile of level 0; null if there is none. */
  async bundle(tile: number, client: Pool | PoolClient = this.pool): Promise<Buffer | null> {
    const { rows } = await client.query<{ entries: Buffer }>({
      name: 'tree_bundle',
      text: 'select entries from tree_bundle where tile = $1',
      values: [tile],
    });
    return rows[0]?.entries ?? null;
  }

  /** The entry with this index. @throws Error if the tree does not have it. */
  async entry(index: number, client: Pool | PoolClient = this.pool): Promise<Entry> {
    const bundle = await this.bundle(Math.floor(index / tileWidth), client);
    return entryIn(bundle ?? Buffer.alloc(0), index % tileWidth);
  }

  /** The largest checkpoint that has the signatures which the policy asks for, or (`any`) the largest; null: none. */
  async latestCheckpoint(which: 'cosigned' | 'any' = 'cosigned'): Promise<StoredCheckpoint | null> {
    const { rows } = await this.pool.query<CheckpointRow>({
      name: 'tree_checkpoint',
      text: `select origin, key, size, note, is_cosigned from tree_checkpoint
              where is_cosigned or $1 order by size desc limit 1`,
      values: [which === 'any'],
    });
    const row = rows[0];
    return row
      ? { origin: row.origin, key: row.key, size: Number(row.size), note: row.note, isCosigned: row.is_cosigned }
      : null;
  }

  async work(): Promise<readonly LogWork[]> {
    const { rows } = await this.pool.query<{ name: string; size: string; alarm: string | null }>({
      name: 'tree_work',
      text: 'select name, size, alarm from tree_work order by name',
    });
    return rows.map(({ name, size, alarm }) => ({ name, size: Number(size), alarm }));
  }
}
