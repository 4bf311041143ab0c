import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  createPool,
  EmbeddedPostgresError,
  isConnectionLoss,
  isPassingFault,
  startEmbeddedPostgres,
  startProblem,
} from '#libs/database';
import type { Pool } from 'pg';
import { whileHeld } from '../ending';
import { CliError, exitCodes, wrongUsage } from '../exit';
import { settings } from '../settings';

/** SQLSTATEs of a table, and of a column, that is not there. */
const undefinedTable = '42P01';
const undefinedColumn = '42703';

interface Urls {
  readonly url: string;
  /** For its owner; absent: nobody else than `url` is known. */
  readonly ownerUrl?: string;
}

/**
 * Works on the database that the settings name: `DATABASE_URL`, else the embedded one in the data folder, which is
 * started for the command unless it runs.
 * @throws CliError with `away` if the database cannot be used.
 */
export async function onDatabase<Result>(work: (urls: Urls) => Promise<Result>): Promise<Result> {
  const { databaseUrl, ownerUrl, dataDir } = settings();
  if (databaseUrl !== undefined) {
    const urls = { url: databaseUrl, ...(ownerUrl !== undefined && { ownerUrl }) };
    return namingProblems(ownerUrl ?? databaseUrl, () => work(urls));
  }
  const folder = resolve(dataDir);
  if (!existsSync(join(folder, 'postgres-password'))) {
    throw wrongUsage(
      `There is no database in ${folder}: set DATABASE_URL to your PostgreSQL, or RUNLEDGER_DATA_DIR to the server's data folder.`,
    );
  }
  return whileHeld(
    () => startEmbeddedPostgres({ dataDir: folder, durable: true }),
    (embedded) => embedded.stop(),
    ({ url, serviceUrl }) => namingProblems(url, () => work({ url: serviceUrl, ownerUrl: url })),
  ).catch((error: unknown) => {
    throw error instanceof EmbeddedPostgresError ? new CliError(exitCodes.away, error.message) : error;
  });
}

/** The same, for commands that only read. */
export function onPool<Result>(work: (pool: Pool) => Promise<Result>): Promise<Result> {
  return onDatabase(async ({ url, ownerUrl }) => {
    const pool = createPool({ url: ownerUrl ?? url, applicationName: 'runledger-cli', poolSize: 2 });
    return work(pool).finally(() => pool.end());
  });
}

async function namingProblems<Result>(url: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw problemOf(error, url) ?? error;
  }
}

function problemOf(error: unknown, url: string): CliError | null {
  if (error instanceof CliError) return error;
  const { code, message } = error as { readonly code?: unknown; readonly message?: string };
  const away = (text: string) => new CliError(exitCodes.away, text);
  if (code === undefinedTable) return away('The database has no ledger yet: run `runledger migrate`.');
  if (code === undefinedColumn) return away('The database is not of this version: run `runledger migrate`.');
  if (isConnectionLoss(error)) {
    const { hostname, port, pathname } = new URL(url);
    const why = [message, String(code)].find((text) => text) ?? '';
    return away(
      `The database ${hostname}:${port || '5432'}${pathname} cannot be reached (${why}): start it, or set DATABASE_URL to the right address.`,
    );
  }
  if (isPassingFault(error)) return away(`The database is too busy (${message ?? ''}): run the command again.`);
  const problem = startProblem(error, url);
  return problem === null ? null : away(problem);
}
