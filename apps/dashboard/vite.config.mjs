import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const server = process.env.RUNLEDGER_URL || 'http://127.0.0.1:8080';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Its cache stands beside what is built, not in node_modules, which may not be ours to write.
  cacheDir: fileURLToPath(new URL('../../dist/apps/dashboard/.vite', import.meta.url)),
  build: {
    outDir: fileURLToPath(new URL('../../dist/apps/dashboard/site', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    sourcemap: false,
    // The policy of the page allows no data: URLs but images.
    assetsInlineLimit: 0,
    rolldownOptions: {
      // Packages mark what runs in browsers; all of this does. A slow machine is no fault of the build.
      checks: { pluginTimings: false },
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
    },
  },
  server: { proxy: { '/api': server, '/health': server } },
});
