#!/usr/bin/env node
import { printable } from '#libs/terminal';
import { CommanderError } from 'commander';
import { isEnding } from './ending';
import { CliError, exitCodes } from './exit';
import { createProgram } from './program';

/** Commander's own ends that are no errors. */
const peaceful: ReadonlySet<string> = new Set(['commander.helpDisplayed', 'commander.version']);

function end(error: unknown): void {
  if (isEnding()) return;
  if (error instanceof CommanderError) {
    process.exitCode = peaceful.has(error.code) ? exitCodes.done : exitCodes.usage;
    // Without a command, commander has printed the help.
    if (process.exitCode !== exitCodes.done && error.code !== 'commander.help') complain(error.message);
    return;
  }
  if (error instanceof CliError) {
    process.exitCode = error.exitCode;
    return complain(error.message);
  }
  process.exitCode = exitCodes.unexpected;
  complain(`Unexpected error: ${error instanceof Error ? error.message : String(error)}`);
}

/** One line. */
function complain(message: string): void {
  const [first = '', ...more] = message.replace(/^error: /, '').split('\n');
  process.stderr.write(`runledger: ${printable([first, ...more].join(' ').trim())}\n`);
}

createProgram().parseAsync().catch(end);
