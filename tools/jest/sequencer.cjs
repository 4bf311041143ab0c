const { default: Sequencer } = require('@jest/test-sequencer');

/** The longest files. They begin first, on a clean clone too, where jest has no times of an earlier run. */
const longest = [
  'sleepers.e2e',
  'front-commands.e2e',
  'connection-loss.e2e',
  'concurrency.e2e',
  'crash-waiting.e2e',
  'crash.e2e',
  'front-process.e2e',
  'locks.model.unit',
  'model.unit',
  'generated-client.e2e',
  'locks-crash.e2e',
  'firings.e2e',
];

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const place = ({ path }) => {
      const found = longest.findIndex((name) => path.includes(`/${name}.`));
      return found < 0 ? longest.length : found;
    };
    return [...super.sort(tests)].sort((a, b) => place(a) - place(b));
  }
};
