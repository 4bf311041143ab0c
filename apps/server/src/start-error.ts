import { ConfigError, type Config } from '#libs/config';
import {
  DatabaseTooNewError,
  DatabaseTooOldError,
  DatabaseUnusableError,
  EmbeddedPostgresError,
  startProblem,
} from '#libs/database';
import { BrokenLedgerError } from '#libs/ledger';

/** Why the server cannot start, in words for an operator: no stack trace. */
export class StartError extends Error {}

/** The system's errors about a folder or file, and their remedies. */
const folderProblems: Readonly<Record<string, string>> = {
  EACCES: 'this account may not write there',
  EPERM: 'this account may not write there',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its file system is full',
  EDQUOT: 'the quota of this account is used up',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'it is a file, not a folder',
  EISDIR: 'it is a folder, not a file',
  ENOENT: 'the path cannot be created',
  ELOOP: 'its links form a circle',
  ENAMETOOLONG: 'the path is too long',
};

/** The system's errors about an address, and their remedies. */
const addressProblems: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) => `Port ${port} of ${host} is in use: set PORT to another one (0 picks a free one).`,
  EACCES: (host, port) => `This account may not listen on port ${port} of ${host}: set PORT to 1024 or above.`,
  EADDRNOTAVAIL: (host) => `${host} is not an address of this machine: set HOST to one that is.`,
  ENOTFOUND: (host) => `${host} is not an address of this machine: set HOST to one that is.`,
};

/** Errors with a message that suits an operator as it is. */
const ownErrors = [
  DatabaseTooNewError,
  DatabaseTooOldError,
  DatabaseUnusableError,
  EmbeddedPostgresError,
  BrokenLedgerError,
];

/**
 * The error of a start as one sentence that says what is wrong and what to set, if its cause is known; else the error
 * itself, which is a bug of ours.
 */
export function startErrorOf(error: unknown, config: Config, dataDir: string): unknown {
  if (error instanceof StartError || error instanceof ConfigError) return error;
  if (ownErrors.some((kind) => error instanceof kind)) return new StartError((error as Error).message);
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code !== undefined && (syscall === 'listen' || syscall === 'bind' || syscall === 'getaddrinfo')) {
    const sentence = addressProblems[code]?.(config.host, config.port);
    if (sentence !== undefined) return new StartError(sentence);
  }
  const isOfFolder = typeof (error as NodeJS.ErrnoException).path === 'string';
  const why = code !== undefined && isOfFolder ? folderProblems[code] : undefined;
  if (why !== undefined) {
    const { path } = error as { path: string };
    const place = path === dataDir ? '' : ` (${path})`;
    return new StartError(
      `The data folder ${dataDir} cannot be used: ${why}${place}. Set RUNLEDGER_DATA_DIR to a folder that this account may write to.`,
    );
  }
  const problem = config.databaseUrl === undefined ? null : startProblem(error, config.databaseUrl);
  return problem === null ? error : new StartError(problem);
}
