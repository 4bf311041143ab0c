import { FindTaskOutput, serverReach, type TaskOutput } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import { SecretFinder } from '#libs/secrets';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Readable } from 'node:stream';
import { type LogPosition, TaskLog } from './task-log';

/** Logs of tasks that still run which one process sends at once. */
const maxFollowers = 500;

/** Milliseconds between looks at a log that another process may be storing, and at whether its task still runs. */
const interval = 500;

const newTry = '[A new try of the task begins here.]\n';

export interface LogRequest {
  readonly taskRunId: string;
  /**
   * `now`: what is there. `idle`: until the task has ended, where an agent has begun it; else what is there. `end`: until the task has ended,
   * though it may not have begun.
   */
  readonly until: 'now' | 'idle' | 'end';
  /** What is overwritten in the log: the end of it that may be the beginning of one of them is held back while the task runs. */
  readonly secrets: ReadonlySet<string>;
  /** Aborted when nobody listens any more, or may not. */
  readonly signal: AbortSignal;
}

/** Reads logs: what is stored, try by try, and then what comes until the task has ended. */
@Injectable()
export class LogReaders implements OnModuleDestroy {
  private followers = 0;
  private readonly closing = new AbortController();

  constructor(
    private readonly log: TaskLog,
    private readonly queries: QueryBus,
  ) {}

  /** Logs that this process follows. */
  get followed(): number {
    return this.followers;
  }

  onModuleDestroy(): void {
    this.closing.abort();
  }

  /**
   * The log as a stream, which is to be destroyed when nobody reads it any more.
   * @throws RefusedError SERVICE_UNAVAILABLE where `maxFollowers` are followed already.
   */
  read(request: LogRequest): Readable {
    if (request.until === 'now') return Readable.from(this.parts(request));
    if (this.followers >= maxFollowers) {
      throw new RefusedError(
        'SERVICE_UNAVAILABLE',
        `This server follows ${maxFollowers} logs of running tasks already: try again, or ask with follow=false for what is there.`,
      );
    }
    this.followers++;
    const signal = AbortSignal.any([request.signal, this.closing.signal]);
    return Readable.from(this.parts({ ...request, signal })).once('close', () => this.followers--);
  }

  private async *parts({ taskRunId, until, secrets, signal }: LogRequest): AsyncGenerator<Buffer> {
    const finder = new SecretFinder(secrets);
    let position: LogPosition = { fence: -1, bytes: 0 };
    let isFirst = true;
    let endsLine = true;
    while (!signal.aborted) {
      // Asked before the log is read: what is stored until the task ends is read then.
      const goesOn = until !== 'now' && (await this.goesOn(taskRunId, until));
      const ready = this.arrival(taskRunId, signal);
      const parts = await this.log.read(taskRunId, position);
      const last = parts.at(-1);
      let isHeldBack = false;
      for (const { fence, offset, chunk } of parts) {
        if (fence !== position.fence) {
          if (!isFirst) yield Buffer.from(`${endsLine ? '' : '\n'}${newTry}`);
          isFirst = false;
          endsLine = true;
        }
        const missing = offset - (fence === position.fence ? position.bytes : 0);
        if (missing > 0) {
          yield Buffer.from(`${endsLine ? '' : '\n'}[${missing} bytes of the output never came.]\n`);
          endsLine = true;
        }
        const held = goesOn && last?.fence === fence && last.offset === offset ? finder.openEnd(chunk) : 0;
        const sent = chunk.subarray(0, chunk.length - held);
        isHeldBack = held > 0;
        position = { fence, bytes: offset + sent.length };
        if (sent.length === 0) continue;
        endsLine = sent.at(-1) === 0x0a;
        yield sent;
      }
      if (last && !isHeldBack) ready.forget();
      else if (!goesOn) {
        ready.forget();
        if (!isHeldBack) return;
      } else await ready.came;
    }
  }

  /** Resolves when output of the task was stored here, half a second is over, or nobody listens any more. */
  private arrival(taskRunId: string, signal: AbortSignal): { readonly came: Promise<void>; forget(): void } {
    let forget = (): void => undefined;
    const came = new Promise<void>((resolve) => {
      const timer = setTimeout(() => forget(), interval);
      const done = (): void => forget();
      const stop = this.log.onAppend(taskRunId, done);
      signal.addEventListener('abort', done);
      forget = () => {
        clearTimeout(timer);
        stop();
        signal.removeEventListener('abort', done);
        resolve();
      };
    });
    return { came, forget: () => forget() };
  }

  /** Whether more may come: the task has not ended and, for `idle`, an agent has begun it or has tried to. */
  private async goesOn(taskRunId: string, until: 'idle' | 'end'): Promise<boolean> {
    const query = new FindTaskOutput(serverReach, taskRunId);
    const task = await this.queries.execute<FindTaskOutput, TaskOutput | null>(query);
    return task !== null && !task.hasEnded && (until === 'end' || task.hasBegun);
  }
}
