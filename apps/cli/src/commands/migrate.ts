import type { Command } from 'commander';
import type { MigrateOptions } from '../database/migrate';
import { examples, jsonFlag } from './parts';

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .summary('update the schema of the database')
    .description(
      'Updates the schema of the database, as its owner (RUNLEDGER_OWNER_URL, else DATABASE_URL), and what the role of the servers may do there: that ' +
        'role is made if it is missing. Changes nothing if all is up to date. Waits RUNLEDGER_DATABASE_WAIT seconds for the database.',
    )
    .option(
      '--service-role <name>',
      'the role that servers work as; absent: that of DATABASE_URL, if RUNLEDGER_OWNER_URL is set too',
    )
    .addOption(jsonFlag('prints {"applied": [names of the migrations that were new]}'))
    .addHelpText(
      'after',
      examples(
        'runledger migrate',
        'RUNLEDGER_OWNER_URL=postgres://owner@db/runledger DATABASE_URL=postgres://service:secret@db/runledger runledger migrate',
        'DATABASE_URL=postgres://owner@db/runledger runledger migrate --service-role runledger_service',
      ),
    )
    .action(async (options: MigrateOptions) => (await import('../database/migrate.js')).migrate(options));
}
