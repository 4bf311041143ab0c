import { programVersion } from '#libs/config';
import { Command } from 'commander';
import { addAgent } from './commands/agent';
import { addArchive } from './commands/archive';
import { addCompletion } from './commands/completion';
import { addErasures } from './commands/erasures';
import { addExport } from './commands/export';
import { addMigrate } from './commands/migrate';
import { examples } from './commands/parts';
import { addRebuild } from './commands/rebuild';
import { addReplay } from './commands/replay';
import { addRun } from './commands/run';
import { addServer } from './commands/server';
import { addToken } from './commands/token';
import { addVerify } from './commands/verify';
import { addWitness } from './commands/witness';

/** Every command. The first ones work on the database, the next through the server. */
const commands = [
  ...[addMigrate, addVerify, addRebuild, addReplay, addExport, addArchive, addErasures],
  ...[addRun, addToken],
  ...[addServer, addAgent, addWitness, addCompletion],
];

/** The program's commands; a wrong use throws a `CommanderError`. */
export function createProgram(): Command {
  const program = new Command('runledger')
    .description(
      'Runledger: workflow runs on a ledger.\n\nmigrate, verify, rebuild, replay, export, archive and erasures work on the database (DATABASE_URL, or the embedded one in ' +
        'RUNLEDGER_DATA_DIR); run and token talk to the server (RUNLEDGER_URL, RUNLEDGER_TOKEN).',
    )
    .version(programVersion())
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    // One line, as for every error; `main` prints it.
    .configureOutput({ outputError: () => undefined })
    .addHelpText(
      'after',
      examples('runledger verify', 'runledger run submit release-train --team demo', 'runledger run --help') +
        '\nExit codes: 0 done; 1 the answer is no (a broken ledger, a refused request); 2 wrong usage or settings; 3 the database or the server\n' +
        'cannot be reached or used; 4 unexpected error.\n',
    );
  for (const add of commands) add(program);
  return program;
}
