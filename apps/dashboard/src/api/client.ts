/** What a page asks of the API. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From `/api` on, with its query. */
  readonly path: string;
  readonly body?: unknown;
  /** A body that is text already, instead of `body`. `type`: its media type. */
  readonly text?: { readonly type: string; readonly content: string };
  /** Why: stored with the events that the request makes. */
  readonly reason?: string;
}

/** The body of every refusal. */
interface ErrorBody {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** A refusal, or no answer at all (`status` 0). `message` names the field and what would be right. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly requestId: string | null,
  ) {
    super(message);
  }

  /** The field or parameter that the message is about. */
  get field(): string | null {
    const found = /Parameter (\w+)|^(?:.*?\. )?([a-z][\w.[\]]*): /i.exec(this.message);
    return found?.[1] ?? found?.[2] ?? null;
  }
}

/** The server counts the session's cookie only beside this header. */
export const sessionHeaders = { 'X-Runledger-Session': '1' } as const;

/** Milliseconds that the server's clock is ahead of the browser's; its `Date` counts seconds. */
let clockDifference = 0;

/** The server's time, in milliseconds since the epoch; at most a second early. */
export function serverNow(): number {
  return Date.now() + clockDifference;
}

let lastAnswer = 0;

/** When the server last answered and was well, by the browser's clock. */
export function lastAnswerAt(): number {
  return lastAnswer;
}

const patience = 30_000;

async function fetchAnswer(
  { method = 'GET', path, body, text, reason }: ApiRequest,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
  limit = AbortSignal.timeout(patience),
): Promise<Response> {
  const content = text?.content ?? (body === undefined ? undefined : JSON.stringify(body));
  try {
    return await fetch(path, {
      method,
      headers: {
        ...headers,
        ...(content !== undefined && { 'Content-Type': text?.type ?? 'application/json' }),
        ...(reason !== undefined && reason !== '' && { 'X-Reason': encodeURIComponent(reason) }),
      },
      ...(content !== undefined && { body: content }),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 0, 'NO_ANSWER', 'The server does not answer.', null);
  }
}

/** @throws ApiError with the server's own words. */
export async function refuse(response: Response): Promise<never> {
  const id = response.headers.get('X-Request-Id');
  const body = (await response.json().catch(() => null)) as ErrorBody | null;
  if (body?.message !== undefined) throw new ApiError(response.status, body.code, body.reason, body.message, id);
  throw new ApiError(response.status, response.status, 'ERROR', `The server answered ${response.status}.`, id);
}

/** @throws ApiError if the server refuses the request or does not answer within 30 s. */
export async function send<Body>(
  request: ApiRequest,
  signal?: AbortSignal,
  headers: Readonly<Record<string, string>> = sessionHeaders,
): Promise<Body> {
  const response = await fetchAnswer(request, headers, signal);
  const date = Date.parse(response.headers.get('Date') ?? '');
  // Its second has begun at most a second ago.
  if (!Number.isNaN(date) && Math.abs(date + 500 - serverNow()) > 1500) clockDifference = date + 500 - Date.now();
  if (response.status < 500) lastAnswer = Date.now();
  if (!response.ok) await refuse(response);
  return (response.status === 204 ? undefined : await response.json()) as Body;
}

/**
 * An answer that comes in pieces, for as long as it takes; `signal` ends it.
 * @throws ApiError if the server refuses the request or does not answer.
 */
export async function open(request: ApiRequest, signal: AbortSignal): Promise<Response> {
  const response = await fetchAnswer(request, sessionHeaders, signal, signal);
  if (!response.ok) await refuse(response);
  return response;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The same request for a shell; the token stays out of it. */
export function curlLine({ method = 'GET', path, body, text, reason }: ApiRequest): string {
  return [
    'curl -sS -H "Authorization: Bearer $TOKEN"',
    ...(method === 'GET' ? [] : [`-X ${method}`]),
    ...(reason === undefined || reason === '' ? [] : [`-H ${quoted(`X-Reason: ${encodeURIComponent(reason)}`)}`]),
    ...(body === undefined ? [] : [`-H 'Content-Type: application/json' -d ${quoted(JSON.stringify(body))}`]),
    ...(text === undefined ? [] : [`-H ${quoted(`Content-Type: ${text.type}`)} --data-binary ${quoted(text.content)}`]),
    quoted(`${location.origin}${path}`),
  ].join(' ');
}
