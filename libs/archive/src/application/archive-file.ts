import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { LoggedTile, WorkflowRunProof } from '#libs/contracts';

/** The first line of an archive. */
export interface ArchiveHead {
  readonly format: 'runledger.archive/1';
  /** The stream of the event that names the archive. */
  readonly id: string;
  readonly at: number;
  readonly teamId: string;
  readonly team: string;
  /** The positions of the events, as PostgreSQL writes a multirange: `{[1,5),[9,10)}`. */
  readonly positions: string;
  readonly runs: number;
  readonly events: number;
}

export interface ArchiveContent {
  readonly head: ArchiveHead;
  /** One line for each run. */
  readonly proofs: readonly WorkflowRunProof[];
  /** One line for each tile of the log that their events are in. */
  readonly tiles: readonly LoggedTile[];
}

export interface StoredArchive extends ArchiveContent {
  readonly bytes: number;
  readonly sha256: string;
}

const ending = '.jsonl.gz';
const draftEnding = '.draft';
/** The most bytes of an archive's text: beyond this, it is no archive of ours. */
const mostText = 512 * 1024 * 1024;

/** `2026-11-30-<id>.jsonl.gz` */
export function nameOf(id: string, at: number): string {
  return `${new Date(at).toISOString().slice(0, 10)}-${id}${ending}`;
}

export function fileOf(folder: string, name: string): string {
  return join(folder, name);
}

/** The names of the archives in a folder. */
export async function archiveNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => name.endsWith(ending)).sort();
}

/** Writes an archive, whole or not at all; it is on the disk when this resolves. */
export async function writeArchive(folder: string, name: string, content: ArchiveContent): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = fileOf(folder, `${name}${draftEnding}`);
  const file = await open(draft, 'w', 0o600);
  try {
    // Line by line: an archive has megabytes, and other work goes on between two lines.
    await pipeline(Readable.from(textOf(content)), createGzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await file.writeFile(chunk);
    });
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, fileOf(folder, name));
  await syncFolder(folder);
}

function* textOf({ head, proofs, tiles }: ArchiveContent): Generator<string> {
  for (const line of [head, ...proofs, ...tiles]) yield `${JSON.stringify(line)}\n`;
}

/** What a process that ended in between has left. */
export async function removeDrafts(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.endsWith(`${ending}${draftEnding}`))) {
    await rm(fileOf(folder, name), { force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** @throws Error if it is no whole archive. */
export async function readArchive(folder: string, name: string): Promise<StoredArchive> {
  const hash = createHash('sha256');
  let bytes = 0;
  let head: ArchiveHead | null = null;
  const proofs: WorkflowRunProof[] = [];
  const tiles: LoggedTile[] = [];
  for await (const line of linesOf(fileOf(folder, name), (chunk) => {
    hash.update(chunk);
    bytes += chunk.length;
  })) {
    const value = JSON.parse(line) as ArchiveHead | WorkflowRunProof | LoggedTile;
    if (head === null) {
      if (!('format' in value) || value.format !== 'runledger.archive/1')
        throw new Error('It does not begin as an archive does.');
      head = value;
    } else if ('run' in value) proofs.push(value);
    else if ('tile' in value) tiles.push(value);
  }
  if (head === null) throw new Error('It is empty.');
  return { head, proofs, tiles, bytes, sha256: hash.digest('hex') };
}

/** One run of an archive; null if the archive does not have it. */
export async function readRun(folder: string, name: string, runId: string): Promise<WorkflowRunProof | null> {
  for await (const line of linesOf(fileOf(folder, name), () => undefined)) {
    if (!line.includes(`"run":"${runId}"`)) continue;
    const value = JSON.parse(line) as Partial<WorkflowRunProof>;
    if (value.run === runId) return value as WorkflowRunProof;
  }
  return null;
}

async function* linesOf(file: string, onChunk: (chunk: Buffer) => void): AsyncGenerator<string> {
  const source = createReadStream(file);
  source.on('data', (chunk) => onChunk(chunk as Buffer));
  const plain = createGunzip();
  const feeding = pipeline(source, plain);
  // What goes wrong while nobody awaits it is thrown to who reads.
  feeding.catch(() => undefined);
  let rest = '';
  let read = 0;
  for await (const text of plain.setEncoding('utf8') as AsyncIterable<string>) {
    read += text.length;
    if (read > mostText) throw new Error(`It has more than ${mostText} characters.`);
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  await feeding;
  if (rest !== '') throw new Error('Its last line has no end.');
}
