import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error';
import type { Owner } from './owner';

interface Symlink {
  readonly source: string;
  readonly target: string;
}

/**
 * Copies PostgreSQL's programs from the npm package once, to a folder that their user can access (a checkout may be
 * below a private home), with the links that the package's install script would make.
 * @throws EmbeddedPostgresError if none of `parents` can hold and run them.
 */
export function prepareBinaries(
  owner: Owner | null,
  parents: readonly string[] = [tmpdir(), '/tmp', '/var/tmp'],
): string {
  const source = packageFolder();
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { version: string };
  const name = `runledger-postgres-${version}-${process.getuid?.() ?? 0}`;
  for (const parent of new Set(parents)) {
    const folder = join(parent, name);
    try {
      if (!isOurs(folder)) install(source, folder);
      if (isOurs(folder) && runs(folder, owner)) return join(folder, 'bin');
    } catch {
      // Not writable, full, or mounted noexec: try the next place.
    }
  }
  throw new EmbeddedPostgresError(
    `The embedded PostgreSQL could not be set up: none of ${[...new Set(parents)].join(', ')} can hold and run its programs. ` +
      'Set TMPDIR to a folder that allows it, or DATABASE_URL to a PostgreSQL of your own.',
  );
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return dirname(dirname(require.resolve(name)));
  } catch {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for this machine (${name}). Set DATABASE_URL to your own PostgreSQL.`,
    );
  }
}

/** Does not run programs from a folder that somebody else created or may write to. */
function isOurs(folder: string): boolean {
  if (!existsSync(join(folder, 'bin', 'postgres'))) return false;
  const { uid, mode } = statSync(folder);
  return uid === (process.getuid?.() ?? uid) && (mode & 0o022) === 0;
}

/** Copies to a temporary folder and renames it: if two servers start at once, both get a complete copy. */
function install(source: string, folder: string): void {
  const next = mkdtempSync(`${folder}-`);
  try {
    chmodSync(next, 0o755);
    cpSync(join(source, 'native'), next, { recursive: true, dereference: false });
    const links = JSON.parse(readFileSync(join(next, 'pg-symlinks.json'), 'utf8')) as Symlink[];
    for (const link of links) {
      const path = join(next, link.target.replace(/^native\//, ''));
      if (!existsSync(path)) symlinkSync(basename(link.source), path);
    }
    for (const program of ['initdb', 'pg_ctl', 'postgres']) chmodSync(join(next, 'bin', program), 0o755);
    renameSync(next, folder);
  } catch (error) {
    rmSync(next, { recursive: true, force: true });
    if (!isOurs(folder)) throw error;
  }
}

function runs(folder: string, owner: Owner | null): boolean {
  const { status } = spawnSync(join(folder, 'bin', 'postgres'), ['--version'], { ...owner, cwd: '/', stdio: 'ignore' });
  return status === 0;
}
