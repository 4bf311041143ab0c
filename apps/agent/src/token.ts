import { readFile } from 'node:fs/promises';
import type { GivenToken } from './config';
import { SettingsError } from './failures';
import { wipeVariable } from './wipe-variable';

/** The most bytes to read from the token's source. */
const longest = 4096;

/**
 * The agent's token: the first line of the file that `RUNLEDGER_TOKEN_FILE` names (`-`: standard input), or
 * `RUNLEDGER_TOKEN`. Wipes that variable, so that no task finds it in `/proc`.
 * @throws SettingsError if the file cannot be read.
 */
export async function takeToken(
  environment: NodeJS.ProcessEnv,
  input: NodeJS.ReadableStream,
  warn: (text: string) => void,
): Promise<GivenToken> {
  const file = environment['RUNLEDGER_TOKEN_FILE'];
  if (file) return { token: await firstLine(file, input), tokenSource: 'RUNLEDGER_TOKEN_FILE' };
  const token = environment['RUNLEDGER_TOKEN'] ?? '';
  delete environment['RUNLEDGER_TOKEN'];
  const readable = token === '' ? [] : wipeVariable('RUNLEDGER_TOKEN');
  if (readable.length > 0) {
    warn(
      `RUNLEDGER_TOKEN is in the environment of process ${readable.join(', ')}, where tasks may read it: pass the token through standard input ` +
        '(RUNLEDGER_TOKEN_FILE=-), or start the agent without a parent program.',
    );
  }
  return { token, tokenSource: 'RUNLEDGER_TOKEN' };
}

async function firstLine(file: string, input: NodeJS.ReadableStream): Promise<string> {
  try {
    const text = file === '-' ? await lineOf(input) : (await readFile(file, 'utf8')).slice(0, longest);
    return (text.split('\n', 1)[0] ?? '').trim();
  } catch (error) {
    throw new SettingsError(`RUNLEDGER_TOKEN_FILE cannot be read: ${(error as Error).message}`);
  }
}

/** Reads up to the first line break; leaves the rest of the input for others. */
function lineOf(input: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const done = (): void => {
      input.off('data', read);
      input.off('end', done);
      input.pause();
      resolve(text);
    };
    const read = (chunk: Buffer | string): void => {
      text += chunk.toString();
      if (text.includes('\n') || text.length > longest) done();
    };
    input.on('data', read);
    input.on('end', done);
  });
}
