const { availableParallelism } = require('node:os');

/** One command for every test. swc strips the types; tsc checks them. */
const swc = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};

module.exports = {
  rootDir: __dirname,
  roots: ['<rootDir>/apps', '<rootDir>/libs'],
  testRegex: '\\.spec\\.ts$',
  // What starts programs or a browser takes long: `npm run test:long` runs it, `npm test` does not.
  testPathIgnorePatterns: [
    '/node_modules/',
    ...(process.env.RUNLEDGER_TEST === 'short' ? ['\\.system\\.spec\\.ts$'] : []),
  ],
  transform: { '\\.[cm]?[jt]s$': ['@swc/jest', swc] },
  // What is loaded when it is needed is named as it is in dist.
  moduleNameMapper: { '^(\\.{1,2}/.+)\\.js$': '$1' },
  testEnvironment: '<rootDir>/tools/jest/environment.cjs',
  runtime: '<rootDir>/tools/jest/runtime.cjs',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'require', 'default'] },
  // Much of a test is waiting, for a process that starts or a lease that ends: more workers than cores. The database takes 200 connections.
  maxWorkers: Math.min(8, Math.max(4, availableParallelism())),
  // What Nest leaves behind in a worker grows from file to file.
  workerIdleMemoryLimit: '1GB',
  testSequencer: '<rootDir>/tools/jest/sequencer.cjs',
  globalSetup: '<rootDir>/libs/testing/src/global-setup.ts',
  globalTeardown: '<rootDir>/libs/testing/src/global-teardown.ts',
  // Far above what any test takes: it ends those that hang, on a loaded machine too.
  testTimeout: 300_000,
};
