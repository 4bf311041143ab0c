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
 * The folder of the cluster: in the data folder, or under /var/lib/runledger if PostgreSQL's user cannot access the
 * data folder (root, below a private folder). Then `postgres-location` in the data folder says where.
 */
export function clusterFolder(dataDir: string, owner: Owner | null): string {
  mkdirSync(dataDir, { recursive: true });
  const folder = realpathSync(dataDir);
  const inside = join(folder, 'postgres');
  if (owner === null) return inside;
  const pointer = join(folder, 'postgres-location');
  if (existsSync(pointer)) return prepare(readFileSync(pointer, 'utf8').trim(), owner);
  // PostgreSQL's user only needs to pass through our private data folder; the secrets in it have their own modes.
  chmodSync(folder, (statSync(folder).mode & 0o7777) | 0o011);
  if (isReachable(folder, owner)) return prepare(inside, owner);
  mkdirSync('/var/lib/runledger', { recursive: true, mode: 0o755 });
  const outside = join('/var/lib/runledger', createHash('sha256').update(folder).digest('hex').slice(0, 16));
  writeFileSync(pointer, outside + '\n');
  return prepare(outside, owner);
}

/** PostgreSQL's user owns the parent of the cluster, because it writes the cluster there. */
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
