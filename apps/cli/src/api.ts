import { CliError, exitCodes, wrongUsage } from './exit';
import { variable } from './settings';

/** Milliseconds that one answer may take. */
const answerWithin = 60_000;

interface Call {
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Why: stored in the ledger. */
  readonly reason?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** The server's API, as the settings `RUNLEDGER_URL` and `RUNLEDGER_TOKEN` name it. */
export class Api {
  private constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** @throws CliError with `usage` if a setting is missing or wrong. */
  static fromSettings(): Api {
    const url = (variable('RUNLEDGER_URL') ?? 'http://127.0.0.1:8080').replace(/\/+$/, '');
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      throw wrongUsage('RUNLEDGER_URL must be an http or https URL.');
    const token = variable('RUNLEDGER_TOKEN');
    if (token === undefined) {
      throw wrongUsage('RUNLEDGER_TOKEN is not set: set it to a token of the server (bfg_…, bft_…, bfu_… or bfw_…).');
    }
    if (!/^[\x21-\x7e]+$/.test(token)) throw wrongUsage('RUNLEDGER_TOKEN must be a token of the server.');
    return new Api(url, token);
  }

  /**
   * @throws CliError with `no` if the server refuses, and with `away` if it cannot be reached or cannot answer now.
   */
  async call<Answer>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, call: Call = {}): Promise<Answer> {
    const response = await this.send(method, path, call, AbortSignal.timeout(answerWithin));
    const text = await response.text().catch((error: unknown) => {
      throw this.unreachable(error);
    });
    try {
      return JSON.parse(text) as Answer;
    } catch {
      throw new CliError(exitCodes.away, `${this.url} does not answer as Runledger does: set RUNLEDGER_URL.`);
    }
  }

  /** A text that may grow for as long as it likes, piece by piece. */
  async *stream(path: string, query: NonNullable<Call['query']>, signal?: AbortSignal): AsyncGenerator<string> {
    const { body } = await this.send('GET', path, { query }, signal);
    const decoder = new TextDecoder();
    try {
      for await (const chunk of body ?? []) yield decoder.decode(chunk as Uint8Array, { stream: true });
    } catch (error) {
      throw this.unreachable(error);
    }
  }

  private async send(method: string, path: string, call: Call, signal?: AbortSignal): Promise<Response> {
    const { query = {}, body, reason, idempotencyKey } = call;
    const url = new URL(this.url + path);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(reason !== undefined && { 'x-reason': encodeURIComponent(reason) }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    }).catch((error: unknown) => {
      throw this.unreachable(error);
    });
    if (!response.ok) throw refusal(response.status, await response.text().catch(() => ''));
    return response;
  }

  private unreachable(error: unknown): CliError {
    const { message, cause, name } = error as Error & { readonly cause?: NodeJS.ErrnoException };
    const why =
      name === 'TimeoutError' ? `no answer within ${answerWithin / 1000} s` : cause?.message || cause?.code || message;
    return new CliError(
      exitCodes.away,
      `The server ${this.url} cannot be reached (${why}): start it, or set RUNLEDGER_URL to its address.`,
    );
  }
}

function refusal(status: number, text: string): CliError {
  const message = messageIn(text) ?? 'no reason given';
  if (status === 401)
    return new CliError(exitCodes.no, 'The server refuses the token (401): set RUNLEDGER_TOKEN to a valid one.');
  if (status === 429) return new CliError(exitCodes.no, `The server refuses (429): ${message}`);
  if (status >= 500) return new CliError(exitCodes.away, `The server cannot answer now (${status}): ${message}`);
  return new CliError(exitCodes.no, `The server refuses (${status}): ${message}`);
}

function messageIn(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { readonly message?: string };
    return message;
  } catch {
    return undefined;
  }
}

export function pathOfRun(team: string, id: string): string {
  return `/api/v2/team/${encodeURIComponent(team)}/workflowrun/${encodeURIComponent(id)}`;
}
