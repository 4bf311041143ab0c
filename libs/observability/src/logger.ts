import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';

export type { Logger };

/** One JSON line per record, to standard error: standard output is for people. Credentials never reach a record. */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: { service: 'runledger' },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['*.authorization', '*["x-access-token"]', '*.token', '*.password', 'token', 'authorization'],
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

/** Nest's own messages, in the same form. */
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
