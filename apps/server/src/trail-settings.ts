import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Config, ConfigError } from '#libs/config';
import {
  logFiles,
  logKeyInFolder,
  makeLogKey,
  parseLogKey,
  parsePolicy,
  type Policy,
  type SigningOptions,
} from '#libs/transparency';
import { makeFolder } from './make-folder';

/**
 * How this server signs the trail: with the key of the settings, else with the one in the data folder, which the first start makes. Null if
 * nothing can be kept there; `say` is told.
 * @throws ConfigError if a key or the policy is wrong.
 */
export function signingOf(config: Config, dataDir: string, say: (text: string) => void): SigningOptions | null {
  const { trailKey, trailOrigin, trailReason, trailFolder, trailBucket, trailPolicy } = config;
  const policy = trailPolicy === undefined ? undefined : policyIn(trailPolicy);
  try {
    makeFolder(dataDir);
    const own = trailKey === undefined ? logKeyInFolder(dataDir) : parseLogKey(trailKey);
    const key = own ?? makeLogKey(dataDir, trailOrigin);
    const { name, text } = key.verifier;
    if (trailOrigin !== undefined && name !== trailOrigin) {
      throw new Error(
        `is ${trailOrigin}, and the key of the trail is that of ${name}: move that key away to begin anew`,
      );
    }
    if (!own)
      say(`The trail is signed with the new key in ${join(dataDir, logFiles.key)}. Verifiers need this: ${text}`);
    return {
      key,
      stateFile: join(dataDir, logFiles.state),
      isNamed: trailKey !== undefined || trailOrigin !== undefined,
      ...(trailReason !== undefined && { reason: trailReason }),
      ...(policy && { policy }),
      ...(trailFolder !== undefined && { folder: resolve(trailFolder) }),
      ...(trailBucket && { s3: trailBucket }),
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) {
      const setting =
        trailKey !== undefined && trailOrigin === undefined ? 'RUNLEDGER_TRAIL_KEY' : 'RUNLEDGER_TRAIL_ORIGIN';
      throw new ConfigError([`${message.startsWith(dataDir) ? '' : `${setting} `}${message}`]);
    }
    say(`The trail is not signed: ${message}. RUNLEDGER_DATA_DIR must name a folder that can be written.`);
    return null;
  }
}

function policyIn(file: string): Policy {
  try {
    return parsePolicy(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError([`RUNLEDGER_TRAIL_POLICY names ${file}: ${(error as Error).message}`]);
  }
}
