import { setTimeout as sleep } from 'node:timers/promises';
import type { BoundCase, Call, CaseAnswer } from './bounds-cases';

export interface Measured {
  readonly answer: CaseAnswer;
  readonly milliseconds: number;
  /** The longest that `/health/live` of the same server took meanwhile, ms. */
  readonly live: number;
}

/** Speaks to a server, with the administrator's token. */
export function callTo(url: string, token: string): Call {
  return async (method, path, body, headers = {}) => {
    const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
    const payload = body === undefined ? undefined : isRaw ? body : JSON.stringify(body);
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(payload !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(payload !== undefined && { body: payload as string }),
      signal: AbortSignal.timeout(120_000),
    });
    return { status: response.status, text: await response.text() };
  };
}

/** Sends one request, and asks the same server every 5 ms whether it lives. */
export async function measured(url: string, send: () => Promise<CaseAnswer>): Promise<Measured> {
  let live = 0;
  const done = new AbortController();
  const probing = (async () => {
    while (!done.signal.aborted) {
      const asked = performance.now();
      await (await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(120_000) })).text();
      live = Math.max(live, performance.now() - asked);
      await sleep(5);
    }
  })();
  const begin = performance.now();
  const answer = await send();
  const milliseconds = performance.now() - begin;
  done.abort();
  await probing;
  return { answer, milliseconds, live };
}

/** One line of the report. */
export function lineOf({ name }: BoundCase, largest: Measured, above: Measured, mebibytes: number | null): string {
  const shown = ({ milliseconds, live, answer }: Measured) =>
    `${String(answer.status)} ${milliseconds.toFixed(0).padStart(5)} ms, live ${live.toFixed(0).padStart(4)} ms`;
  const memory = mebibytes === null ? '' : ` | ${mebibytes.toFixed(0)} MiB`;
  return `${name.padEnd(38)} | at the bound: ${shown(largest)} | above: ${shown(above)}${memory}`;
}
