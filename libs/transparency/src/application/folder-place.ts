import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashesAt, tileNumber, tileWidth, widthOf } from '../domain';
import { createFile, replaceFile } from './durable-file';
import type { LogPlace } from './log-place';

/** A folder; full tiles and checkpoints are never opened again, so it may be on a disk that refuses changes. */
export class FolderPlace implements LogPlace {
  readonly name = 'folder';

  constructor(private readonly folder: string) {}

  nameOf(path: string): string {
    return join(this.folder, path);
  }

  async read(path: string): Promise<Buffer | null> {
    try {
      return await readFile(this.nameOf(path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  async create(path: string, content: Buffer): Promise<boolean> {
    const file = this.nameOf(path);
    await mkdir(dirname(file), { recursive: true });
    return createFile(file, content);
  }

  replace(path: string, content: Buffer): Promise<void> {
    replaceFile(this.nameOf(path), content, 0o644);
    return Promise.resolve();
  }

  /** Removes partial tiles that neither this checkpoint nor the one before needs; a disk that refuses it keeps them. */
  async tidy(had: number, size: number): Promise<void> {
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
