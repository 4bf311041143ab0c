/** What the exit codes mean. Every command uses only these. */
export const exitCodes = {
  done: 0,
  /** The answer is no: the ledger is broken, or the server refuses the request. */
  no: 1,
  /** Wrong arguments or settings. */
  usage: 2,
  /** The database, or the server, cannot be reached or used. */
  away: 3,
  /** A bug of ours. */
  unexpected: 4,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends the command with one sentence and an exit code. */
export class CliError extends Error {
  constructor(
    readonly exitCode: ExitCode,
    message: string,
  ) {
    super(message);
  }
}

/** Wrong arguments or settings: what would be right. */
export function wrongUsage(message: string): CliError {
  return new CliError(exitCodes.usage, message);
}
