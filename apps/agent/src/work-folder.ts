import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { endLeftovers } from './executors/end-leftovers';
import { beginningOf } from './executors/process-tree';

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Null if it cannot be determined. */
  readonly beganAt: string | null;
}

const prefix = 'agent-';
const ownerFile = 'owner.json';
const claimFile = 'claim';
/** Milliseconds after which a folder without an owner counts as never finished. */
const unfinishedAge = 60_000;

/** The file in a task's folder with the mark of its processes. */
export function claimFileIn(taskFolder: string): string {
  return join(taskFolder, claimFile);
}

/**
 * An agent's own folder inside the configured one, with a folder for each running task. Several agents may share the
 * configured folder. When an agent opens its folder, it stops and removes what a killed agent left on this machine.
 */
export class WorkFolder {
  private constructor(readonly path: string) {}

  static async open(parent: string, logger: Logger): Promise<WorkFolder> {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    for (const name of await readdir(parent)) {
      if (name.startsWith(prefix)) await clear(join(parent, name), logger);
    }
    const path = await mkdtemp(join(parent, prefix));
    const owner: Owner = { pid: process.pid, host: hostname(), beganAt: beginningOf(process.pid) };
    await writeFile(join(path, ownerFile), JSON.stringify(owner));
    return new WorkFolder(path);
  }

  async close(): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function clear(folder: string, logger: Logger): Promise<void> {
  if (!(await isAbandoned(folder))) return;
  const marks = await marksIn(folder);
  const processes = await endLeftovers(marks);
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  logger.warn({ folder, tasks: marks.length, processes }, 'stopped what a killed agent had left running');
}

/** Does not touch the folder of an agent on another host that shares the parent folder. */
async function isAbandoned(folder: string): Promise<boolean> {
  const owner = await ownerOf(folder);
  if (!owner) {
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Date.now() }));
    return Date.now() - mtimeMs > unfinishedAge;
  }
  if (owner.host !== hostname()) return false;
  return owner.beganAt === null ? !isThere(owner.pid) : beginningOf(owner.pid) !== owner.beganAt;
}

async function ownerOf(folder: string): Promise<Owner | null> {
  try {
    return JSON.parse(await readFile(join(folder, ownerFile), 'utf8')) as Owner;
  } catch {
    return null;
  }
}

async function marksIn(folder: string): Promise<string[]> {
  const marks: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const mark = await readFile(claimFileIn(join(folder, entry.name)), 'utf8').catch(() => '');
    if (mark !== '') marks.push(mark);
  }
  return marks;
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
