import { BackgroundPool } from '#libs/database';
import {
  chainHash,
  CommandProcessor,
  eventDigest,
  genesisHash,
  readStored,
  type StoredLink,
  Subscription,
  WakeUps,
} from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { bundle, encodeEntry, grow, hashesAt, leafHash, tileWidth } from '../domain';
import { treeSubscription, TreeStore } from '../read/tree-store';
import { LogAlarm } from './log-alarm';

/**
 * Milliseconds between two steps, and the most events of one: a step costs by the tile, and holds the process for some
 * milliseconds.
 */
const pollInterval = 1000;
const batch = 500;

/** The last event of the tree. */
interface Last {
  readonly recordedAt: bigint;
  readonly hash: Buffer;
}

/**
 * Logs what was committed. It recomputes the digest and the chain's hash of each event before it logs them, so that the
 * tree never says that a changed event is whole. Behind the commits, by a second or more; commands never wait for it, and while many are under way
 * it takes next to nothing of the machine and falls behind.
 */
@Injectable()
export class TreeBuilder {
  constructor(
    private readonly pool: BackgroundPool,
    private readonly wakeUps: WakeUps,
    private readonly store: TreeStore,
    private readonly processor: CommandProcessor,
  ) {}

  /** If several processes have one, one works at a time. The caller starts and stops it. */
  subscription(onError: (error: unknown) => void): Subscription<StoredLink> {
    return new Subscription(this.pool, this.wakeUps, {
      name: treeSubscription,
      read: readStored,
      givesWay: () => this.processor.isBusy,
      handle: (events, client) => this.log(events, client),
      batch,
      pollInterval,
      onlyAtPolls: true,
      onError,
    });
  }

  private async log(events: readonly StoredLink[], client: PoolClient): Promise<void> {
    const size = await this.store.size(client);
    const entries = checked(events, size, await this.last(size, client));
    await this.writeTiles(size, entries.map(leafHash), client);
    await this.writeBundles(size, entries, client);
  }

  private async last(size: number, client: PoolClient): Promise<Last> {
    return size === 0 ? { recordedAt: 0n, hash: genesisHash } : this.store.entry(size - 1, client);
  }

  private async writeTiles(size: number, leaves: readonly Buffer[], client: PoolClient): Promise<void> {
    const levels = Array.from({ length: 7 }, (_, level) => level).filter((level) => hashesAt(level, size) > 0);
    const last = levels.map((level) => ({ level, tile: Math.floor(hashesAt(level, size) / tileWidth) }));
    const read = await this.store.tiles(last, client);
    const tiles = grow(size, leaves, ({ level, tile }) => read.get(`${level}/${tile}`) ?? Buffer.alloc(0));
    await client.query({
      name: 'tree_tiles_write',
      text: `insert into tree_tile (level, tile, hashes)
             select w.level, w.tile, substr($5::bytea, w.start, w.length)
               from unnest($1::int[], $2::bigint[], $3::int[], $4::int[]) as w(level, tile, start, length)
             on conflict (level, tile) do update set hashes = excluded.hashes`,
      values: [
        tiles.map(({ level }) => level),
        tiles.map(({ tile }) => tile),
        ...joined(tiles.map(({ hashes }) => hashes)),
      ],
    });
  }

  private async writeBundles(size: number, entries: readonly Buffer[], client: PoolClient): Promise<void> {
    const tiles: number[] = [];
    const bundles: Buffer[] = [];
    for (let at = 0; at < entries.length;) {
      const tile = Math.floor((size + at) / tileWidth);
      const end = Math.min(entries.length, (tile + 1) * tileWidth - size);
      tiles.push(tile);
      bundles.push(bundle(entries.slice(at, end)));
      at = end;
    }
    await client.query({
      name: 'tree_bundles_write',
      text: `insert into tree_bundle as b (tile, entries)
             select w.tile, substr($4::bytea, w.start, w.length)
               from unnest($1::bigint[], $2::int[], $3::int[]) as w(tile, start, length)
             on conflict (tile) do update set entries = b.entries || excluded.entries`,
      values: [tiles, ...joined(bundles)],
    });
  }
}

/** Where each begins (from 1), how long it is, and all of them: an array of bytes would be sent as text. */
function joined(parts: readonly Buffer[]): [number[], number[], Buffer] {
  let start = 1;
  const starts = parts.map(({ length }) => {
    const own = start;
    start += length;
    return own;
  });
  return [starts, parts.map(({ length }) => length), Buffer.concat(parts)];
}

/** The entries of events that follow the last one. @throws LogAlarm that names the first position that is wrong. */
function checked(events: readonly StoredLink[], size: number, last: Last): Buffer[] {
  let { recordedAt, hash } = last;
  return events.map((event, index) => {
    const position = size + index + 1;
    if (event.position !== position) throw new LogAlarm(`The event at position ${position} is missing.`);
    if (event.recordedAt < recordedAt) {
      throw new LogAlarm(`The event at position ${position} is older than the one before it.`);
    }
    const digest = eventDigest(event);
    hash = chainHash(hash, position, event.recordedAt, digest);
    if (!hash.equals(event.hash)) {
      throw new LogAlarm(
        `The event at position ${position} does not have the hash of its content and its predecessor.`,
      );
    }
    recordedAt = event.recordedAt;
    return encodeEntry({ position, recordedAt, digest, hash });
  });
}
