import { constants } from 'node:fs';
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { TaskOutcome } from '../protocol';
import { firstNoUtf8 } from './marked-text';

/** The most bytes of one result, without its final line break. */
export const maxResult = 256 * 1024;

/** The most bytes of all results of a task as JSON: what the server accepts in one report, less the other fields. */
export const maxResults = 1000 * 1024;

export interface FoundResults {
  readonly results: TaskOutcome['results'];
  /** One sentence for each result that was written and cannot be reported. */
  readonly problems: readonly string[];
}

/** Whether a result with this name can be a file in the results folder. */
export function isFileName(name: string): boolean {
  return name !== '' && !/[/\\\0]|^\.\.?$/.test(name) && Buffer.byteLength(name) <= 255;
}

/**
 * Reads the files of the task's declared results. Skips a result without a file.
 * @param folder the results folder: its real path, without links, from when it was created.
 */
export async function readResults(folder: string, names: readonly string[]): Promise<FoundResults> {
  const isReplaced = names.length > 0 && (await realpath(folder).catch(() => null)) !== folder;
  if (isReplaced) {
    const problem = 'The task has moved, removed or replaced its results folder: leave it where it is.';
    return { results: [], problems: [problem] };
  }
  const results: { name: string; value: string }[] = [];
  const problems: string[] = [];
  let bytes = 0;
  for (const name of names) {
    const found = await readResult(folder, name);
    if (found === null) continue;
    if ('problem' in found) {
      problems.push(`Result ${name} ${found.problem}.`);
      continue;
    }
    bytes += Buffer.byteLength(JSON.stringify({ name, value: found.value }));
    if (bytes > maxResults) {
      problems.push(
        `The results up to ${name} take ${bytes} bytes as JSON: at most ${maxResults} are allowed for one task.`,
      );
      break;
    }
    results.push({ name, value: found.value });
  }
  return { results, problems };
}

async function readResult(
  folder: string,
  name: string,
): Promise<{ readonly value: string } | { readonly problem: string } | null> {
  const given = join(folder, name);
  let file: FileHandle | null = null;
  try {
    const isLink = (await lstat(given)).isSymbolicLink();
    const path = await realpath(given).catch((error: unknown) => {
      if (isLink && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    });
    if (path === null) return { problem: 'is a link to a missing file: write a file' };
    if (isLink && !path.startsWith((await realpath(folder)) + sep)) {
      return { problem: 'is a link that leaves the results folder: write a file' };
    }
    // Opening a FIFO would wait for a writer, and opening a device may have side effects.
    const kind = kindOf(await lstat(path));
    if (kind !== null) return { problem: `is ${kind}: write a file` };
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    const opened = await file.stat();
    if (!opened.isFile()) return { problem: 'is not a file: write a file' };
    return valueOf(await readUpTo(file, maxResult + 3), opened.size);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && file === null) return null;
    return { problem: `cannot be read (${code ?? message})` };
  } finally {
    await file?.close();
  }
}

function kindOf(stats: Awaited<ReturnType<typeof lstat>>): string | null {
  if (stats.isFile()) return null;
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO';
  return stats.isSocket() ? 'a socket' : 'a device';
}

async function readUpTo(file: FileHandle, most: number): Promise<Buffer> {
  const buffer = Buffer.alloc(most);
  let size = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, size, most - size, size);
    size += bytesRead;
    if (bytesRead === 0 || size === most) return buffer.subarray(0, size);
  }
}

function valueOf(read: Buffer, size: number): { readonly value: string } | { readonly problem: string } {
  const bytes = withoutFinalBreak(read);
  if (bytes.length > maxResult) {
    return { problem: `has ${Math.max(size, read.length)} bytes: at most ${maxResult} are taken` };
  }
  const wrong = firstNoUtf8(bytes);
  if (wrong >= 0) return { problem: `is not UTF-8 text (from byte ${wrong} on): encode it, for example as base64` };
  if (bytes.includes(0)) {
    return { problem: `contains a NUL character (byte ${bytes.indexOf(0)}): encode it, for example as base64` };
  }
  return { value: bytes.toString('utf8') };
}

/** `echo` adds one line break at the end, which is not part of the value. */
function withoutFinalBreak(bytes: Buffer): Buffer {
  if (bytes.at(-1) !== 0x0a) return bytes;
  return bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1);
}
