import type { Command } from 'commander';
import { examples } from './parts';

export function addAgent(program: Command): void {
  program
    .command('agent')
    .summary('start an agent')
    .description(
      'Starts an agent, which executes tasks as local processes. Its settings are environment variables: see docs/agents.md. Exit codes: 0 stopped ' +
        'on request, 1 unexpected error, 2 wrong settings, 3 token refused, 4 no usable answer.',
    )
    .addHelpText('after', examples('RUNLEDGER_URL=https://runs.example.org RUNLEDGER_TOKEN=bft_… runledger agent'))
    .action(async () => {
      process.argv.splice(2, Infinity);
      await import('../../../agent/src/main.js');
    });
}
