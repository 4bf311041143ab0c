import { type Command, Option } from 'commander';
import type { ArchiveOptions, ShowOptions } from '../database/archive';
import { parseUntil } from '../until';
import { examples, jsonFlag } from './parts';

const folderOption = (): Option =>
  new Option('--folder <path>', 'the folder of the archives').env('RUNLEDGER_ARCHIVE_FOLDER');

export function addArchive(program: Command): void {
  const archive = program
    .command('archive')
    .summary('list, verify and read archived runs')
    .description('Lists, verifies and reads the archives of runs that have left the database.')
    .helpCommand(false)
    .addHelpText('after', examples('runledger archive list', 'runledger archive verify'));

  archive
    .command('list')
    .summary('list archives')
    .description('Lists the archives that the ledger names, and files in the folder that it does not name.')
    .addOption(folderOption())
    .addOption(jsonFlag('prints one JSON object for each archive'))
    .addHelpText('after', examples('runledger archive list', 'runledger archive list --json'))
    .action(async (options: ArchiveOptions) => (await import('../database/archive.js')).listArchives(options));

  archive
    .command('verify')
    .summary('verify archives')
    .description(
      'Compares each file with the hash in the ledger, and recomputes the proofs in it. Exit code 0: all are whole; 1: one is not, and it says which.',
    )
    .argument('[name...]', 'only these archives')
    .option('--key <key>', 'the key of the log, as you got it from somebody whom you trust')
    .addOption(folderOption())
    .addOption(jsonFlag('prints one JSON object for each archive'))
    .addHelpText('after', examples('runledger archive verify', 'runledger archive verify --key "$TRAIL_KEY" --json'))
    .action(async (names: string[], options: ArchiveOptions & { readonly key?: string }) =>
      (await import('../database/archive.js')).verifyArchives(names, options),
    );

  archive
    .command('show')
    .summary('print an archived run step by step')
    .description('Prints the events of an archived run as replay does.')
    .argument('<run>', 'id of the run')
    .option('--archive <name>', 'the archive that it lies in: then no database is needed')
    .option('--until <moment>', 'stop after a position, a version of the run (v7) or a time', parseUntil)
    .addOption(folderOption())
    .addOption(jsonFlag('prints one JSON object for each event, with its changes'))
    .option('--proof', 'prints the proof of the run instead, for tools/verify.mjs')
    .addHelpText(
      'after',
      examples(
        'runledger archive show 01a210d2-4185-71d7-99d7-c37cc45ff2ba',
        'runledger archive show 01a210d2-4185-71d7-99d7-c37cc45ff2ba --proof > proof.json',
      ),
    )
    .action(async (run: string, options: ShowOptions) =>
      (await import('../database/archive.js')).showRun(run, options),
    );
}
