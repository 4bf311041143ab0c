import { parseConfig } from '#libs/config';
import { newTokenCommand, secretSettings } from './new-token-command';

const command = 'npm start --silent -- --new-admin-token';
const key = 'a'.repeat(64);
const database = 'postgres://me:secret@db/runledger';

describe('the command for another token', () => {
  it.each([
    [{}, command, []],
    [{ RUNLEDGER_DATA_DIR: './.runledger' }, command, []],
    [{ RUNLEDGER_DATA_DIR: '/var/lib/run' }, `RUNLEDGER_DATA_DIR='/var/lib/run' ${command}`, []],
    [{ RUNLEDGER_DATA_DIR: "/it's here" }, String.raw`RUNLEDGER_DATA_DIR='/it'\''s here' ${command}`, []],
    [{ DATABASE_URL: database }, command, ['DATABASE_URL']],
    [
      { DATABASE_URL: database, RUNLEDGER_DATA_DIR: '/keys' },
      `RUNLEDGER_DATA_DIR='/keys' ${command}`,
      ['DATABASE_URL'],
    ],
    [
      {
        DATABASE_URL: database,
        RUNLEDGER_DATA_DIR: '/keys',
        RUNLEDGER_SECRET_KEY: key,
        RUNLEDGER_SECRET_KEY_PREVIOUS: key,
      },
      command,
      ['DATABASE_URL', 'RUNLEDGER_SECRET_KEY', 'RUNLEDGER_SECRET_KEY_PREVIOUS'],
    ],
  ])(
    'of %j names the folder that it needs, and the settings that it needs without their values',
    (given, line, names) => {
      const config = parseConfig(given, []);
      expect([newTokenCommand(config), secretSettings(config)]).toEqual([line, names]);
    },
  );
});
