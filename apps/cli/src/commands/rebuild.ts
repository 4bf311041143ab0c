import { type Command } from 'commander';
import type { RebuildOptions } from '../database/rebuild';
import { examples, jsonFlag } from './parts';

export function addRebuild(program: Command): void {
  program
    .command('rebuild')
    .argument('[view...]', 'the views; none: all of them')
    .summary('replay the ledger, and compare the views with it')
    .description(
      'Replays the ledger into shadow tables, compares them with the live views row by row, and prints what differs. Servers go on meanwhile. ' +
        'Exit code 0: the views are what the ledger says, or are now; 1: they differ, or the ledger is broken.',
    )
    .option('--swap', 'makes the live views what the ledger says, while servers go on')
    .addOption(jsonFlag('prints {"position", "events", "views", "differences"} and, with --swap, "swapped"'))
    .addHelpText(
      'after',
      examples('runledger rebuild', 'runledger rebuild action timer', 'runledger rebuild --swap --json'),
    )
    .action(async (views: readonly string[], options: RebuildOptions) =>
      (await import('../database/rebuild.js')).rebuild(views, options),
    );
}
