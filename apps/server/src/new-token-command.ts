import { type Config, usualDataDir } from '#libs/config';
import { resolve } from 'node:path';

const command = 'npm start --silent -- --new-admin-token';

/**
 * Makes another administrator's token for this server, where the first one is lost: to be pasted in the program's folder. It names the
 * data folder, since without it a shell of its own would talk to the usual one.
 */
export function newTokenCommand({ dataDir, databaseUrl, secretKey }: Config): string {
  const usesFolder = databaseUrl === undefined || secretKey === undefined;
  if (!usesFolder || resolve(dataDir) === resolve(usualDataDir)) return command;
  return `RUNLEDGER_DATA_DIR=${quoted(resolve(dataDir))} ${command}`;
}

/** The settings of this server that the command needs and that are too secret to be shown. */
export function secretSettings({ databaseUrl, secretKey, previousSecretKeys }: Config): string[] {
  return [
    ...(databaseUrl === undefined ? [] : ['DATABASE_URL']),
    ...(secretKey === undefined ? [] : ['RUNLEDGER_SECRET_KEY']),
    ...(previousSecretKeys.length === 0 ? [] : ['RUNLEDGER_SECRET_KEY_PREVIOUS']),
  ];
}

/** One word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
