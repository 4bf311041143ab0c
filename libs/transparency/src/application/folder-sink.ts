import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  bundledBytes,
  cutBundle,
  hashBytes,
  hashesAt,
  leafHash,
  openNote,
  parseCheckpoint,
  tileNumber,
  tilePath,
  tileWidth,
  treeRoot,
  type VerifierKey,
  widthOf,
} from '../domain';
import type { TreeStore } from '../read/tree-store';
import { createFile, replaceFile } from './durable-file';
import { LogAlarm } from './log-alarm';
import type { SignedCheckpoint } from './log-signer';
import type { LogSink } from './log-sink';

/** Tiles that are read at once. */
const page = 64;

/**
 * A folder in the layout of C2SP tlog-tiles, which any web server can serve: `checkpoint`, `tile/…`, and each
 * checkpoint again in `checkpoints/<size>`. Full tiles and checkpoints are created once and never opened again, so the
 * folder may be on a disk that refuses changes. Its own `checkpoint` says how far it is.
 */
export class FolderSink implements LogSink {
  readonly name = 'folder';

  constructor(
    private readonly folder: string,
    private readonly store: TreeStore,
    private readonly key: VerifierKey,
  ) {}

  async take(checkpoint: SignedCheckpoint): Promise<readonly string[]> {
    const had = await this.checked(checkpoint);
    if (had === checkpoint.size && readFileSync(join(this.folder, 'checkpoint'), 'utf8') === checkpoint.note) return [];
    await this.writeTiles(had, checkpoint.size);
    await this.create(`checkpoints/${checkpoint.size}`, checkpoint.note);
    replaceFile(join(this.folder, 'checkpoint'), checkpoint.note, 0o644);
    await this.removePartials(had, checkpoint.size);
    return [];
  }

  /** The size that the folder has, after comparing it with the tree. */
  private async checked({ size }: SignedCheckpoint): Promise<number> {
    const file = join(this.folder, 'checkpoint');
    if (!existsSync(file)) return 0;
    const had = parseCheckpoint(openNote(readFileSync(file, 'utf8'), [this.key]).text);
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
        for (const id of ids) {
          const width = widthOf(id, size);
          const hashes = (read.get(`${level}/${id.tile}`) ?? Buffer.alloc(0)).subarray(0, width * hashBytes);
          if (level === 0) await this.writeBundle(id.tile, width, hashes);
          await this.create(tilePath(level, id.tile, width), hashes);
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

  private async create(path: string, content: string | Buffer): Promise<void> {
    const file = join(this.folder, path);
    await mkdir(dirname(file), { recursive: true });
    if (await createFile(file, content)) return;
    // A checkpoint may have come again with more cosignatures; the first one stays.
    const isSame = path.startsWith('checkpoints/') || readFileSync(file).equals(Buffer.from(content));
    if (!isSame) throw new LogAlarm(`${file} is there with another content.`);
  }

  /** Removes partial tiles that neither this checkpoint nor the one before needs; a disk that refuses it keeps them. */
  private async removePartials(had: number, size: number): Promise<void> {
    for (const kind of ['entries', ...Array.from({ length: 7 }, (_, level) => level)] as const) {
      const level = kind === 'entries' ? 0 : kind;
      const first = Math.floor(hashesAt(level, had) / tileWidth);
      const kept = new Set([had, size].map((each) => String(hashesAt(level, each) % tileWidth)));
      for (const tile of new Set([first, Math.floor(hashesAt(level, size) / tileWidth)])) {
        const folder = join(this.folder, `tile/${kind}/${tileNumber(tile)}.p`);
        const widths = existsSync(folder) ? readdirSync(folder) : [];
        const isFull = widthOf({ level, tile }, size) === tileWidth;
        for (const width of widths.filter((each) => isFull || !kept.has(each))) {
          await rm(join(folder, width)).catch(() => undefined);
        }
        if (isFull) await rmdir(folder).catch(() => undefined);
      }
    }
  }
}
