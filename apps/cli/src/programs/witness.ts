import 'reflect-metadata';
import { startWitness } from '#libs/transparency';
import { whileHeld } from '../ending';
import { CliError, exitCodes, wrongUsage } from '../exit';
import { write } from '../output';

export interface WitnessFlags {
  readonly state: string;
  readonly log: readonly string[];
  readonly key?: string;
  readonly name?: string;
  readonly host: string;
  readonly port: number;
}

/** Runs until a signal ends it. */
export function witness({ state, log, key, name, host, port }: WitnessFlags): Promise<void> {
  const start = () =>
    startWitness({
      folder: state,
      ...(key !== undefined && { keyFile: key }),
      ...(name !== undefined && { name }),
      logs: log,
      host,
      port,
    }).catch((error: unknown) => {
      throw problemOf(error, host, port);
    });
  return whileHeld(
    start,
    (running) => running.close(),
    async (running) => {
      const [keyName = ''] = running.key.split('+');
      await write(
        `${keyName} listens on ${running.url}\nwitness ${keyName.replaceAll('/', '-')} ${running.key} ${running.url}\n`,
      );
      await new Promise<never>(() => undefined);
    },
  );
}

/** What is wrong with the arguments, or with the place. */
function problemOf(error: unknown, host: string, port: number): CliError {
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'listen' || syscall === 'getaddrinfo') {
    return new CliError(
      exitCodes.away,
      `The witness cannot listen on port ${port} of ${host} (${code ?? message}): set --port or --host.`,
    );
  }
  return wrongUsage(message);
}
