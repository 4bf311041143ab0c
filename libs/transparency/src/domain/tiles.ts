import { hashBytes, nodeHash, type Nodes } from './merkle-tree';

/*
 * The tiles of C2SP tlog-tiles. A full tile of level 0 has the hashes of 256 leaves; one of level L + 1 has the roots of
 * 256 full tiles of level L. A partial tile is the beginning of the full one.
 */

export const tileWidth = 256;
/** Levels of the perfect subtrees that one tile spans. */
const tileHeight = 8;

export interface TileId {
  readonly level: number;
  /** From 0. */
  readonly tile: number;
}

export interface Tile extends TileId {
  /** 1 to 256 hashes of 32 bytes. */
  readonly hashes: Buffer;
}

/** The hashes of a tile: at least those that the tree has. */
export type TileReader = (id: TileId) => Buffer;

/** How many hashes the level has in a tree of this size. */
export function hashesAt(level: number, size: number): number {
  return Math.floor(size / tileWidth ** level);
}

/** How many hashes of this tile a tree of this size has, from 0 to 256. */
export function widthOf({ level, tile }: TileId, size: number): number {
  return Math.min(tileWidth, Math.max(0, hashesAt(level, size) - tile * tileWidth));
}

/** The perfect subtrees of a tree whose tiles can be read. */
export function nodesIn(read: TileReader): Nodes {
  return (height, index) => {
    const { id, first, count } = placeOf(height, index);
    const hashes = read(id).subarray(first * hashBytes, (first + count) * hashBytes);
    if (hashes.length !== count * hashBytes) {
      throw new Error(`Tile ${id.tile} of level ${id.level} has less than ${first + count} hashes.`);
    }
    return foldHashes(hashes);
  };
}

/** The tiles that a computation needs: those of the subtrees that it asks for. */
export function tilesFor(compute: (nodes: Nodes) => unknown): TileId[] {
  const found = new Map<string, TileId>();
  const nothing = Buffer.alloc(hashBytes);
  compute((height, index) => {
    const { id } = placeOf(height, index);
    found.set(`${id.level}/${id.tile}`, id);
    return nothing;
  });
  return [...found.values()];
}

/**
 * The tiles that change when leaves are added to a tree of `size` leaves.
 * @param last the tile of each level that is not full; not read where its width is 0.
 */
export function grow(size: number, leaves: readonly Buffer[], last: TileReader): Tile[] {
  const changed: Tile[] = [];
  let added = leaves;
  for (let level = 0; added.length > 0; level++) {
    let tile = Math.floor(hashesAt(level, size) / tileWidth);
    const width = hashesAt(level, size) % tileWidth;
    let parts = width === 0 ? [] : split(last({ level, tile }).subarray(0, width * hashBytes));
    if (parts.length !== width) throw new Error(`Tile ${tile} of level ${level} has less than ${width} hashes.`);
    const roots: Buffer[] = [];
    for (const hash of added) {
      parts.push(hash);
      if (parts.length < tileWidth) continue;
      const hashes = Buffer.concat(parts);
      changed.push({ level, tile, hashes });
      roots.push(foldHashes(hashes));
      tile++;
      parts = [];
    }
    if (parts.length > 0) changed.push({ level, tile, hashes: Buffer.concat(parts) });
    added = roots;
  }
  return changed;
}

/** `x001/x234/067`: groups of three digits, of which all but the last have an x. */
export function tileNumber(tile: number): string {
  const digits = String(tile);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  return groups.map((group, index) => (index === groups.length - 1 ? group : `x${group}`)).join('/');
}

/** The path below the log's prefix. `level`: a number, or `entries` for the bundle of entries. */
export function tilePath(level: number | 'entries', tile: number, width = tileWidth): string {
  return `tile/${level}/${tileNumber(tile)}${width === tileWidth ? '' : `.p/${width}`}`;
}

export interface TilePath {
  readonly level: number | 'entries';
  readonly tile: number;
  readonly width: number;
}

/** The inverse of `tilePath`, without `tile/`; null for a path that no tile has. */
export function parseTilePath(path: string): TilePath | null {
  const match = /^(entries|\d{1,2})\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path);
  if (!match) return null;
  const [, name = '', number = '', partial] = match;
  const level = name === 'entries' ? 'entries' : Number(name);
  const tile = Number(number.replace(/[x/]/g, ''));
  const width = partial === undefined ? tileWidth : Number(partial);
  const isWhole = Number.isSafeInteger(tile) && tilePath(level, tile, width) === `tile/${path}`;
  return isWhole && (partial === undefined || width < tileWidth) && (level === 'entries' || level < 7)
    ? { level, tile, width }
    : null;
}

function placeOf(height: number, index: number): { id: TileId; first: number; count: number } {
  const level = Math.floor(height / tileHeight);
  const count = 2 ** (height % tileHeight);
  const start = index * count;
  return { id: { level, tile: Math.floor(start / tileWidth) }, first: start % tileWidth, count };
}

/** The root of a perfect subtree, from the hashes of its leaves. */
function foldHashes(hashes: Buffer): Buffer {
  if (hashes.length === hashBytes) return Buffer.from(hashes);
  const half = hashes.length / 2;
  return nodeHash(foldHashes(hashes.subarray(0, half)), foldHashes(hashes.subarray(half)));
}

function split(hashes: Buffer): Buffer[] {
  return Array.from({ length: hashes.length / hashBytes }, (_, index) =>
    hashes.subarray(index * hashBytes, (index + 1) * hashBytes),
  );
}
