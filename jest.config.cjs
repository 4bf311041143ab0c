/** One command for every test. swc strips the types (tsc checks them); Nest 12 is ESM, so swc transforms it too. */
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
  transform: { '\\.[cm]?[jt]s$': ['@swc/jest', swc] },
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'require', 'default'] },
  transformIgnorePatterns: [
    '/node_modules/(?!(@nestjs|@sindresorhus|escape-string-regexp|temporal-polyfill|temporal-utils|glob|minimatch|path-scurry|minipass|lru-cache|brace-expansion|balanced-match)/)',
  ],
  globalSetup: '<rootDir>/libs/testing/src/global-setup.ts',
  globalTeardown: '<rootDir>/libs/testing/src/global-teardown.ts',
  testTimeout: 60_000,
};
