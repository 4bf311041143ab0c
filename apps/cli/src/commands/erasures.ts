import type { Command } from 'commander';
import type { ErasuresOptions } from '../database/erasures';
import { examples, jsonFlag } from './parts';

export function addErasures(program: Command): void {
  program
    .command('erasures')
    .summary('list what was erased of people, or erase it again after a restore')
    .description(
      'Lists what was erased of people, when, by whom and why. With --reapply, throws away the keys that recorded erasures name and that a restored ' +
        'backup has brought back; a server does the same when it starts.',
    )
    .option('--reapply', 'throws away keys that are there again')
    .addOption(jsonFlag('prints one JSON object for each erasure; with --reapply {"erasures", "keys"}'))
    .addHelpText('after', examples('runledger erasures', 'runledger erasures --reapply'))
    .action(async (options: ErasuresOptions) => (await import('../database/erasures.js')).listErasures(options));
}
