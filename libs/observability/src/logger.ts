import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import { terminalLine } from './terminal-line';

export type { Logger };

/**
 * Writes one JSON line per record to standard error (on a terminal, a line for people); standard output is for people.
 * Records never contain credentials. Calls `onClosed` when nobody reads them any more (a closed pipe); then drops
 * records.
 */
export function createLogger(level: string, onClosed?: () => void): Logger {
  const destination = pino.destination({ fd: 2, sync: true });
  if (onClosed) destination.on('error', onClosed);
  const turn = new OneWritePerTurn((text) => destination.write(text));
  const forPeople = { write: (line: string) => turn.write(terminalLine(line)) };
  return pino(
    {
      level,
      base: { service: 'runledger' },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['*.authorization', '*["x-access-token"]', '*.token', '*.password', 'token', 'authorization'],
    },
    process.stderr.isTTY ? forPeople : turn,
  );
}

/** Writes what one turn of the event loop logs in one piece: a system call for each record costs more than the record. */
class OneWritePerTurn {
  private text = '';

  constructor(private readonly writeAll: (text: string) => void) {
    process.once('exit', () => this.flush());
  }

  write(line: string): void {
    if (this.text === '') setImmediate(() => this.flush());
    this.text += line;
  }

  private flush(): void {
    const { text } = this;
    this.text = '';
    if (text !== '') this.writeAll(text);
  }
}

/** Nest's own messages, in the same format. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: unknown): void {
    this.logger.debug({ context }, String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error({ detail: rest }, String(message));
  }

  warn(message: unknown, context?: unknown): void {
    this.logger.warn({ context }, String(message));
  }
}
