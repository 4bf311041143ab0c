import {
  bundledBytes,
  cutBundle,
  hashBytes,
  hashesAt,
  leafHash,
  openNote,
  parseCheckpoint,
  tilePath,
  tileWidth,
  treeRoot,
  type VerifierKey,
  widthOf,
} from '../domain';
import type { TreeStore } from '../read/tree-store';
import { LogAlarm } from './log-alarm';
import type { LogPlace } from './log-place';
import type { SignedCheckpoint } from './log-signer';
import type { LogSink } from './log-sink';

/** Tiles that are read, and written, at once. */
const page = 64;
const atOnce = 8;

/**
 * Puts the log into a place in the layout of C2SP tlog-tiles, which any web server can serve: `checkpoint`, `tile/…`,
 * and each checkpoint again in `checkpoints/<size>`. Tiles and checkpoints are created once and never written again, so
 * the place may refuse changes. Its own `checkpoint` says how far it is.
 */
export class TileSink implements LogSink {
  readonly name: string;

  constructor(
    private readonly place: LogPlace,
    private readonly store: TreeStore,
    private readonly key: VerifierKey,
  ) {
    this.name = place.name;
  }

  async take(checkpoint: SignedCheckpoint): Promise<readonly string[]> {
    const there = await this.place.read('checkpoint');
    const had = there === null ? 0 : await this.checked(there, checkpoint);
    const note = Buffer.from(checkpoint.note);
    if (had === checkpoint.size && there?.equals(note)) return [];
    await this.writeTiles(had, checkpoint.size);
    await this.create(`checkpoints/${checkpoint.size}`, note);
    await this.place.replace('checkpoint', note);
    await this.place.tidy?.(had, checkpoint.size);
    return [];
  }

  /** The size that the place has, after comparing it with the tree. */
  private async checked(note: Buffer, { size }: SignedCheckpoint): Promise<number> {
    const file = this.place.nameOf('checkpoint');
    const had = parseCheckpoint(openNote(note.toString('utf8'), [this.key]).text);
    if (had.size > size) {
      throw new LogAlarm(`${file} has ${had.size} events, and the tree has ${size}: the ledger was cut or restored.`);
    }
    const root = await this.store.compute((nodes) => treeRoot(nodes, had.size));
    if (!root.equals(had.root)) {
      throw new LogAlarm(`The first ${had.size} events are not those of ${file}: the ledger was rewritten.`);
    }
    return had.size;
  }

  private async writeTiles(from: number, size: number): Promise<void> {
    for (let level = 0; hashesAt(level, size) > 0; level++) {
      const end = Math.ceil(hashesAt(level, size) / tileWidth);
      for (let tile = Math.floor(hashesAt(level, from) / tileWidth); tile < end; tile += page) {
        const ids = Array.from({ length: Math.min(page, end - tile) }, (_, index) => ({ level, tile: tile + index }));
        const read = await this.store.tiles(ids);
        for (let at = 0; at < ids.length; at += atOnce) {
          await Promise.all(
            ids.slice(at, at + atOnce).map(async (id) => {
              const width = widthOf(id, size);
              const hashes = (read.get(`${level}/${id.tile}`) ?? Buffer.alloc(0)).subarray(0, width * hashBytes);
              if (level === 0) await this.writeBundle(id.tile, width, hashes);
              await this.create(tilePath(level, id.tile, width), hashes);
            }),
          );
        }
      }
    }
  }

  private async writeBundle(tile: number, width: number, hashes: Buffer): Promise<void> {
    const entries = cutBundle((await this.store.bundle(tile)) ?? Buffer.alloc(0), width);
    for (let index = 0; index < width; index++) {
      const entry = entries.subarray(index * bundledBytes + 2, (index + 1) * bundledBytes);
      if (!leafHash(entry).equals(hashes.subarray(index * hashBytes, (index + 1) * hashBytes))) {
        throw new LogAlarm(`The entry of position ${tile * tileWidth + index + 1} is not the one that was hashed.`);
      }
    }
    await this.create(tilePath('entries', tile, width), entries);
  }

  private async create(path: string, content: Buffer): Promise<void> {
    if (await this.place.create(path, content)) return;
    // A checkpoint may have come again with more cosignatures; the first one stays.
    const isSame = path.startsWith('checkpoints/') || ((await this.place.read(path))?.equals(content) ?? false);
    if (!isSame) throw new LogAlarm(`${this.place.nameOf(path)} is there with another content.`);
  }
}
