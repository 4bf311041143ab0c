import { InvalidArgumentError, Option } from 'commander';

/** The end of a help text. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join('')}`;
}

export function jsonFlag(what = 'prints the answer as JSON'): Option {
  return new Option('--json', what);
}

export function teamOption(): Option {
  return new Option('--team <name>', 'the team, by name or id')
    .env('RUNLEDGER_TEAM')
    .argParser(someText)
    .makeOptionMandatory();
}

/** Why: a text for the ledger. */
export function reasonOption(): Option {
  return new Option('--reason <text>', 'why you do it: stored in the ledger');
}

/** An option that can be given several times. */
export function listOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, all: readonly string[] | undefined) => [
    ...(all ?? []),
    value,
  ]);
}

function someText(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}

/** A whole number from 1. */
export function wholeNumber(text: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}
