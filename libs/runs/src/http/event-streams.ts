import { type Principal, TokenWatch } from '#libs/access';
import { EventStream } from '#libs/http';
import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { LiveRuns } from '../application/live/live-runs';
import type { StreamRequest } from '../application/live/live-stream';

/** Whose stream it is, and where it goes. */
export interface StreamReader {
  readonly principal: Principal;
  readonly reply: FastifyReply;
}

/** Joins streams of events with the answers of HTTP: a stream ends when its client goes, its token ends or may see less. */
@Injectable()
export class EventStreams {
  constructor(
    private readonly live: LiveRuns,
    private readonly tokens: TokenWatch,
  ) {}

  /** Answers with the stream. @throws RefusedError what `LiveRuns.open` throws. */
  async send(request: StreamRequest, { principal, reply }: StreamReader): Promise<void> {
    const token = await this.tokens.watch(principal);
    try {
      const live = await this.live.open(request);
      const stream = new EventStream();
      const end = (): void =>
        stream.finish(token.hasEnded() ? 'The token has ended.' : 'What the token may access has changed.');
      token.signal.addEventListener('abort', end);
      stream.once('close', () => {
        token.signal.removeEventListener('abort', end);
        token.stop();
        this.live.close(live);
      });
      reply.raw.once('close', () => stream.destroy());
      if (reply.raw.destroyed) stream.destroy();
      if (token.signal.aborted) end();
      this.live.begin(live, stream);
      // Proxies must pass each message on as it comes.
      void reply.header('X-Accel-Buffering', 'no').type('text/event-stream; charset=utf-8').send(stream);
    } catch (error) {
      token.stop();
      throw error;
    }
  }
}
