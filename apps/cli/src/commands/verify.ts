import type { Command } from 'commander';
import type { VerifyOptions } from '../database/verify';
import { examples, jsonFlag } from './parts';

export function addVerify(program: Command): void {
  program
    .command('verify')
    .summary('verify the hash chain of the ledger')
    .description(
      'Recomputes the hash of every event from the first to the head. On a terminal, shows how far it is. Exit code 0: whole; 1: broken, and it says where.',
    )
    .addOption(jsonFlag('prints {"intact", "position", "hash"} or {"intact", "position", "problem"}'))
    .addHelpText('after', examples('runledger verify', 'runledger verify --json'))
    .action(async (options: VerifyOptions) => (await import('../database/verify.js')).verify(options));
}
