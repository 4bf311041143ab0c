import { type Command, Option } from 'commander';
import type { Range } from '../database/export';
import { wrongUsage } from '../exit';
import { examples, wholeNumber } from './parts';

export function addExport(program: Command): void {
  program
    .command('export')
    .summary('print the events as JSON Lines')
    .description(
      'Prints the events of the ledger as JSON Lines, in order, up to the head as it is at the start; memory stays flat. Secrets are masked: to ' +
        'recompute the hashes from an export, use the one of docs/ledger.md, which has the sealed texts.',
    )
    .addOption(new Option('--from <position>', 'the first position').argParser(wholeNumber).default(1))
    .addOption(new Option('--to <position>', 'the last position (default: the head)').argParser(wholeNumber))
    .addOption(new Option('--json', 'changes nothing: the output is JSON Lines already'))
    .addHelpText(
      'after',
      examples('runledger export > events.jsonl', 'runledger export --from 1000 --to 1999 | gzip > events.jsonl.gz'),
    )
    .action(async (range: Range) => {
      const { from, to } = range;
      if (to !== undefined && to < from) throw wrongUsage(`--to must not be below --from: ${to} is below ${from}.`);
      await (await import('../database/export.js')).exportEvents(range);
    });
}
