import type { Command } from 'commander';
import type { VerifyOptions } from '../database/verify';
import { examples, jsonFlag } from './parts';

export function addVerify(program: Command): void {
  program
    .command('verify')
    .summary('verify the hash chain of the ledger, and the views')
    .description(
      'Recomputes the hash of every event from the first to the head, then every view from the events, and compares. On a terminal, shows how far it is. Exit code 0: whole; 1: broken, and it says where.',
    )
    .option('--no-views', 'only the chain')
    .addOption(
      jsonFlag('prints {"intact", "position", "hash", "views", "differences"} or {"intact", "position", "problem"}'),
    )
    .addHelpText('after', examples('runledger verify', 'runledger verify --json'))
    .action(async (options: VerifyOptions) => (await import('../database/verify.js')).verify(options));
}
