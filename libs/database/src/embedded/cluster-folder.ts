import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Owner } from './owner';

/**
 * Where the cluster of a data folder lies: in it, or, when PostgreSQL's user cannot get there (root, below a private folder),
 * under /var/lib/runledger; `postgres-location` in the data folder then says where.
 */
export function clusterFolder(dataDir: string, owner: Owner | null): string {
  mkdirSync(dataDir, { recursive: true });
  const folder = realpathSync(dataDir);
  const inside = join(folder, 'postgres');
  if (owner === null) return inside;
  const pointer = join(folder, 'postgres-location');
  if (existsSync(pointer)) return prepare(readFileSync(pointer, 'utf8').trim(), owner);
  // A private data folder of our own need only be passed through; what is secret in it has modes of its own.
  chmodSync(folder, (statSync(folder).mode & 0o7777) | 0o011);
  if (isReachable(folder, owner)) return prepare(inside, owner);
  mkdirSync('/var/lib/runledger', { recursive: true, mode: 0o755 });
  const outside = join('/var/lib/runledger', createHash('sha256').update(folder).digest('hex').slice(0, 16));
  writeFileSync(pointer, outside + '\n');
  return prepare(outside, owner);
}

/** The parent of the cluster itself belongs to PostgreSQL's user, who writes the cluster into it. */
function prepare(folder: string, owner: Owner): string {
  mkdirSync(folder, { recursive: true });
  chownSync(folder, owner.uid, owner.gid);
  chmodSync(folder, 0o700);
  return folder;
}

function isReachable(folder: string, owner: Owner): boolean {
  return (
    spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', folder], { ...owner, cwd: '/', stdio: 'ignore' }).status === 0
  );
}
