import { type Config, usualDataDir } from '#libs/config';
import { resolve } from 'node:path';

const command = 'npm start --silent -- --new-admin-token';

/**
 * The command that creates another administrator's token for this server if the first one is lost. The user pastes it
 * in the program's folder. It names the data folder, because a new shell would otherwise use the default one.
 */
export function newTokenCommand({ dataDir, databaseUrl, secretKey }: Config): string {
  const usesFolder = databaseUrl === undefined || secretKey === undefined;
  if (!usesFolder || resolve(dataDir) === resolve(usualDataDir)) return command;
  return `RUNLEDGER_DATA_DIR=${quoted(resolve(dataDir))} ${command}`;
}

/** The settings of this server that the command needs and that are too secret to show. */
export function secretSettings({ databaseUrl, secretKey, previousSecretKeys }: Config): string[] {
  return [
    ...(databaseUrl === undefined ? [] : ['DATABASE_URL']),
    ...(secretKey === undefined ? [] : ['RUNLEDGER_SECRET_KEY']),
    ...(previousSecretKeys.length === 0 ? [] : ['RUNLEDGER_SECRET_KEY_PREVIOUS']),
  ];
}

/** One word for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
