import { createHash } from 'node:crypto';
import { mkdirSync, openSync, closeSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');
const out = join(root, 'dist/apps/dashboard');
const stamp = join(out, 'built-from');
const lock = join(out, 'building');

/** A build takes seconds: a lock that is older belongs to a process that has died. */
const oldestLock = 120_000;

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** What the site is built from: its sources, and the versions of its packages. */
function fingerprint() {
  const files = [
    ...filesIn(join(here, 'src')),
    ...['index.html', 'vite.config.mjs', 'build.mjs'].map((name) => join(here, name)),
    join(root, 'package-lock.json'),
  ];
  const hash = createHash('sha256');
  for (const file of files) hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

function builtFrom() {
  try {
    return readFileSync(stamp, 'utf8');
  } catch {
    return null;
  }
}

/** Holds the lock for the time of the work; several processes may want to build at once. */
async function locked(work) {
  mkdirSync(out, { recursive: true });
  for (;;) {
    try {
      closeSync(openSync(lock, 'wx'));
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > oldestLock) {
        rmSync(lock, { force: true });
      }
      await sleep(100);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** The server sends these to browsers that take them. */
function compress(folder) {
  for (const file of filesIn(folder).filter((name) => /\.(js|css|svg)$/.test(name))) {
    const text = readFileSync(file);
    writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }));
    writeFileSync(`${file}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
  }
}

/** Builds the dashboard into dist/apps/dashboard/site, unless it is built from these sources already. Returns the folder. */
export async function buildDashboard() {
  const site = join(out, 'site');
  if (builtFrom() === fingerprint()) return site;
  await locked(async () => {
    const wanted = fingerprint();
    if (builtFrom() === wanted) return;
    // Whatever builds it: jest would get a development build of React.
    process.env.NODE_ENV = 'production';
    const { build } = await import('vite');
    await build({ configFile: join(here, 'vite.config.mjs'), logLevel: 'warn' });
    compress(join(site, 'assets'));
    writeFileSync(stamp, wanted);
  });
  return site;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildDashboard();
