const { default: Sequencer } = require('@jest/test-sequencer');

/** The longest files. They begin first, on a clean clone too, where jest has no times of an earlier run. */
const longest = [
  'sleepers.system',
  'front-commands.system',
  'connection-loss.system',
  'concurrency.e2e',
  'crash-waiting.system',
  'crash.system',
  'front-process.system',
  'locks.model.unit',
  'model.unit',
  'generated-client.system',
  'locks-crash.system',
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
