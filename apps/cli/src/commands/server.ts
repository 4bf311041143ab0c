import type { Command } from 'commander';
import { examples } from './parts';

interface ServerFlags {
  readonly demo: boolean;
  readonly agent: boolean;
  readonly newAdminToken?: true;
}

export function addServer(program: Command): void {
  program
    .command('server')
    .summary('start the server')
    .description(
      'Starts the server, as `npm start` does. Its settings are environment variables: see README.md. Exit codes: 0 after a signal, 1 if it cannot start.',
    )
    .option('--no-demo', 'runs no demo on the first start')
    .option('--no-agent', 'starts no local agent, and so no demo')
    .option('--new-admin-token', "creates and prints another administrator's token, and exits")
    .addHelpText(
      'after',
      examples('runledger server', 'DATABASE_URL=postgres://service@db/runledger runledger server --no-agent'),
    )
    .action(async ({ demo, agent, newAdminToken }: ServerFlags) => {
      const flags = [
        ...(demo ? [] : ['--no-demo']),
        ...(agent ? [] : ['--no-agent']),
        ...(newAdminToken ? ['--new-admin-token'] : []),
      ];
      process.argv.splice(2, Infinity, ...flags);
      await import('../../../server/src/main.js');
    });
}
