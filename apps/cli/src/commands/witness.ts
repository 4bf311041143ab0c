import { type Command, InvalidArgumentError } from 'commander';
import type { WitnessFlags } from '../programs/witness';
import { examples, listOption } from './parts';

export function addWitness(program: Command): void {
  program
    .command('witness')
    .summary('run a witness of a ledger, on a machine of its own')
    .description(
      'Signs checkpoints of the logs that it watches, over HTTP (C2SP tlog-witness: POST /add-checkpoint), if each continues the one before. Run it on ' +
        'another machine, as somebody who does not run the log. Prints its key, and the line for the policy of the log. Runs until a signal ends it.',
    )
    .requiredOption('--state <folder>', 'its own folder, for what it has signed; made if it is missing')
    .addOption(
      listOption('--log <key>', 'the key of a log that it watches; can be given several times').makeOptionMandatory(),
    )
    .option('--key <file>', 'the file of its key; absent: witness-key in the folder')
    .option('--name <name>', 'the name for a new key, a URL without scheme; needed on the first start')
    .option('--host <address>', 'where it listens', '127.0.0.1')
    .option('--port <port>', 'its port; 0 picks a free one', portOf, 8090)
    .addHelpText(
      'after',
      examples(
        'runledger witness --state /var/lib/witness --name witness.example/w1 --log "$TRAIL_KEY"',
        'runledger witness --state /var/lib/witness --key /etc/witness-key --port 443 --host 0.0.0.0 --log "$TRAIL_KEY"',
      ),
    )
    .action(async (options: WitnessFlags) => (await import('../programs/witness.js')).witness(options));
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (port < 0 || port > 65_535) throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
  return port;
}
