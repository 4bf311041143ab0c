import type { Command } from 'commander';
import type { ReplayOptions } from '../database/replay';
import { parseUntil } from '../until';
import { examples, jsonFlag } from './parts';

export function addReplay(program: Command): void {
  program
    .command('replay')
    .summary('print a run step by step')
    .description(
      'Prints the events of a run in order, and what each has changed, from the ledger alone; at the end, how the run stood. Secrets are masked.',
    )
    .requiredOption('--run <id>', 'the run')
    .option(
      '--until <moment>',
      'stop after a position (1042), a version of the run (v7) or a time (2026-11-25T10:05:00Z)',
      parseUntil,
    )
    .addOption(jsonFlag('prints one JSON object for each event, with its changes'))
    .addHelpText(
      'after',
      examples(
        'runledger replay --run 01a210d2-4185-71d7-99d7-c37cc45ff2ba',
        'runledger replay --run 01a210d2-4185-71d7-99d7-c37cc45ff2ba --until v7',
        'runledger replay --run 01a210d2-4185-71d7-99d7-c37cc45ff2ba --until 2026-11-25T10:05:00Z --json',
      ),
    )
    .action(async (options: ReplayOptions) => (await import('../database/replay.js')).replay(options));
}
