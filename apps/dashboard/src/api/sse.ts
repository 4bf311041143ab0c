import { createParser } from 'eventsource-parser';
import { ApiError, refuse, sessionHeaders } from './client';

export interface StreamEvent {
  readonly id: string | undefined;
  readonly type: string;
  readonly data: string;
}

/** The server does not stream here. */
export class NoStream extends Error {}

/** Milliseconds without a byte after which the stream counts as broken; the server sends at least a comment sooner. */
const silence = 60_000;

/**
 * Reads server-sent events with fetch, because EventSource sends no header of ours. Returns when the server ends the
 * stream.
 * @throws NoStream if the server answers with anything else than a stream.
 * @throws ApiError if the server refuses.
 */
export async function readStream(
  path: string,
  lastId: string | undefined,
  signal: AbortSignal,
  onEvent: (event: StreamEvent) => void,
): Promise<void> {
  const quiet = new AbortController();
  let timer = setTimeout(() => quiet.abort(), silence);
  const headers = {
    ...sessionHeaders,
    Accept: 'text/event-stream',
    ...(lastId !== undefined && { 'Last-Event-ID': lastId }),
  };
  try {
    const response = await fetch(path, { headers, signal: AbortSignal.any([signal, quiet.signal]) });
    if (!isStream(response) || !response.body) {
      await response.body?.cancel().catch(() => undefined);
      if ([401, 403].includes(response.status)) await refuse(response);
      if (response.status >= 500) throw new ApiError(response.status, 0, 'ERROR', 'No stream now.', null);
      throw new NoStream();
    }
    const parser = createParser({
      onEvent: ({ id, event, data }) => onEvent({ id, type: event ?? 'message', data }),
    });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => quiet.abort(), silence);
      parser.feed(value);
    }
  } finally {
    clearTimeout(timer);
  }
}

function isStream(response: Response): boolean {
  return response.ok && (response.headers.get('Content-Type') ?? '').startsWith('text/event-stream');
}
