import type { Command } from 'commander';
import type { MigrateOptions } from '../database/migrate';
import { examples, jsonFlag } from './parts';

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .summary('update the schema of the database')
    .description(
      'Updates the schema of the database, as its owner. Changes nothing if it is up to date. Waits RUNLEDGER_DATABASE_WAIT seconds for the database.',
    )
    .addOption(jsonFlag('prints {"applied": [names of the migrations that were new]}'))
    .addHelpText('after', examples('runledger migrate', 'DATABASE_URL=postgres://owner@db/runledger runledger migrate'))
    .action(async (options: MigrateOptions) => (await import('../database/migrate.js')).migrate(options));
}
