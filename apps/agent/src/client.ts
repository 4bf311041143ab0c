import { setTimeout as sleep } from 'node:timers/promises';
import { PatienceOverError, TokenRefusedError } from './failures';
import {
  type ClaimedRun,
  type ClaimedTask,
  type HeldTask,
  ProtocolError,
  type TaskOutcome,
  unknownAgentCode,
} from './protocol';
import { type BatchedAnswer, type BatchedReport, ReportBatcher } from './report-batcher';
import { pauseBefore } from './retry-pause';

export interface ClientLimits {
  /** Seconds for one attempt, from connecting to the last byte of the answer. */
  readonly answerSeconds: number;
  /** Seconds that the server may hold a poll. */
  readonly pollSeconds: number;
  /** Seconds for all attempts together while the server is unreachable, frozen or overloaded. */
  readonly patienceSeconds: number;
}

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Seconds, for one attempt and for all of them. */
  readonly limit: number;
  readonly patience: number;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** An attempt without an answer, or with one that asks to try later. */
interface Failure {
  readonly why: string;
  readonly retryAfter: string | null;
}

const reportPatience = 300;
const logPatience = 30;

/** The agent's HTTP client. It retries every message, because each carries its fence and so is safe to repeat. */
export class AgentClient {
  private readonly closing = new AbortController();
  private readonly reports = new ReportBatcher((reports, next) => this.sendReports(reports, next));
  /** Under this id the agent takes tasks with its reports. */
  private agentId: string | null = null;

  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly limits: ClientLimits,
  ) {}

  /** Ends every call in progress, and refuses new ones. */
  close(): void {
    this.closing.abort(new Error('The agent has given up.'));
  }

  get isClosed(): boolean {
    return this.closing.signal.aborted;
  }

  async register(name: string, host: string, taskTypes: readonly string[], signal: AbortSignal): Promise<string> {
    const body = { name, host, version: 1, taskTypes, workflowAnnotations: [], taskAnnotations: [] };
    const call = { method: 'POST', path: '/api/v1/agent/register', ...json(body), signal } as const;
    const limits = { limit: this.limits.answerSeconds, patience: this.limits.patienceSeconds };
    this.agentId = (await this.call({ ...call, ...limits })).text;
    return this.agentId;
  }

  async pollRuns(agentId: string, limit: number, signal: AbortSignal): Promise<ClaimedRun[]> {
    return (await this.poll(`/api/v1/agent/${agentId}/workflows`, limit, signal)) as ClaimedRun[];
  }

  async pollTasks(agentId: string, limit: number, signal: AbortSignal): Promise<ClaimedTask[]> {
    return (await this.poll(`/api/v1/agent/${agentId}/tasks`, limit, signal)) as ClaimedTask[];
  }

  /**
   * One attempt, of at most `limit` seconds: the next heartbeat comes soon enough. Returns the length of leases in
   * seconds.
   * @param held the tasks that the agent works on: the server takes back all others.
   */
  async heartbeat(agentId: string, held: readonly HeldTask[], limit: number): Promise<number> {
    const path = `/api/v1/agent/${agentId}/heartbeat`;
    const { text } = await this.call({
      method: 'PUT',
      path,
      ...json({ items: held.map(({ id, fence }) => ({ id, fence })) }),
      limit: Math.min(limit, this.limits.answerSeconds),
      patience: 0,
    });
    return (JSON.parse(text) as { leaseSeconds: number }).leaseSeconds;
  }

  async reportRun(run: ClaimedRun, action: 'start' | 'finalize'): Promise<void> {
    await this.report(`/api/v1/workflowrun/${run.id}/${action}`, run.fence, {});
  }

  async startTask(task: ClaimedTask): Promise<void> {
    await this.reportTask(task, 'start', {});
  }

  /** @param takesNext take a task in its place, if the end makes one ready. Returns what was taken. */
  async endTask(task: ClaimedTask, outcome: TaskOutcome, takesNext = false): Promise<readonly ClaimedTask[]> {
    return this.reportTask(task, 'end', outcome, takesNext);
  }

  /** Tells the server that this agent will not do the task. */
  async releaseTask(task: HeldTask): Promise<void> {
    await this.report(`/api/v1/taskrun/${task.id}/release`, task.fence, {});
  }

  /** Tells the server that the agent has stopped a task that the server ended. */
  async acknowledgeStop(task: HeldTask): Promise<void> {
    await this.report(`/api/v1/taskrun/${task.id}/cancel`, task.fence, {});
  }

  async appendLog(task: ClaimedTask, offset: number, chunk: Uint8Array): Promise<void> {
    await this.call({
      method: 'POST',
      path: `/api/v1/taskrun/${task.id}/log`,
      body: chunk,
      headers: {
        'content-type': 'text/plain',
        'runledger-fence': String(task.fence),
        'runledger-log-offset': String(offset),
      },
      limit: this.limits.answerSeconds,
      patience: Math.min(logPatience, this.limits.patienceSeconds),
    });
  }

  private async poll(path: string, items: number, signal: AbortSignal): Promise<unknown[]> {
    const { answerSeconds, pollSeconds, patienceSeconds } = this.limits;
    const { status, text } = await this.call({
      method: 'GET',
      path: `${path}?wait=${pollSeconds}&limit=${items}`,
      signal,
      limit: pollSeconds + answerSeconds,
      patience: patienceSeconds,
    });
    return status === 204 ? [] : (JSON.parse(text) as unknown[]);
  }

  /** Together with others that are due; by itself where it is the only one, or where the server could not take it for now. */
  private async reportTask(
    { id, fence }: ClaimedTask,
    report: 'start' | 'end',
    body: object,
    takesNext = false,
  ): Promise<readonly ClaimedTask[]> {
    const answer = await this.reports.add({ id, fence, report, body }, takesNext && this.agentId !== null);
    if (answer && answer.status < 400) return answer.next ?? [];
    const isPassing = !answer || answer.status >= 500 || answer.status === 429;
    if (!isPassing)
      throw new ProtocolError(
        answer.status,
        answer.error?.code ?? 0,
        answer.error?.message ?? `report ${report} was refused`,
      );
    await this.report(`/api/v1/taskrun/${id}/${report}`, fence, body);
    return [];
  }

  private async sendReports(reports: readonly BatchedReport[], limit: number): Promise<BatchedAnswer[]> {
    const { answerSeconds, patienceSeconds } = this.limits;
    const limits = { limit: answerSeconds, patience: Math.min(reportPatience, patienceSeconds) };
    const send = async (message: object): Promise<BatchedAnswer[]> => {
      const call = { method: 'PUT', path: '/api/v1/taskrun/batch', ...json(message), ...limits } as const;
      return JSON.parse((await this.call(call)).text) as BatchedAnswer[];
    };
    if (limit === 0) return send({ reports });
    try {
      return await send({ reports, next: { agent: this.agentId, limit } });
    } catch (error) {
      // The reports count although the server no longer knows the agent: the next poll registers it again.
      if (error instanceof ProtocolError && error.code === unknownAgentCode) return send({ reports });
      throw error;
    }
  }

  private async report(path: string, fence: number, message: object): Promise<void> {
    const { body, headers } = json(message);
    await this.call({
      method: 'PUT',
      path,
      body,
      headers: { ...headers, 'runledger-fence': String(fence) },
      limit: this.limits.answerSeconds,
      patience: Math.min(reportPatience, this.limits.patienceSeconds),
    });
  }

  /**
   * @throws TokenRefusedError on 401. ProtocolError for any other answer that a retry cannot fix. PatienceOverError if
   * `patience` would be over before the next attempt.
   */
  private async call(call: Call): Promise<Answer> {
    const deadline = Date.now() + call.patience * 1000;
    for (let failures = 1; ; failures++) {
      const outcome = await this.attempt(call);
      if ('status' in outcome) return outcome;
      const pause = pauseBefore(failures, outcome.retryAfter);
      if (Date.now() + pause > deadline) throw this.patienceOver(call, outcome);
      await this.pause(pause, call.signal);
    }
  }

  private patienceOver({ method, path, patience }: Call, { why }: Failure): PatienceOverError {
    const place = `${this.url}${path.split('?')[0] ?? ''}`;
    return new PatienceOverError(`${method} ${place} got no usable answer for ${patience} s. The last attempt: ${why}`);
  }

  /** One request within its time limit, which includes connecting and reading. */
  private async attempt({ method, path, body, headers, signal, limit }: Call): Promise<Answer | Failure> {
    this.closing.signal.throwIfAborted();
    signal?.throwIfAborted();
    const ending = new AbortController();
    const late = setTimeout(() => ending.abort(), limit * 1000);
    const end = (): void => ending.abort();
    const others = [this.closing.signal, ...(signal ? [signal] : [])];
    for (const other of others) other.addEventListener('abort', end);
    try {
      const response = await fetch(this.url + path, {
        method,
        headers: { authorization: `Bearer ${this.token}`, ...headers },
        ...(body !== undefined && { body: body as string }),
        signal: ending.signal,
      });
      const text = await response.text();
      if (response.ok) return { status: response.status, text };
      return failureOf(response, text, `${method} ${path}`);
    } catch (error) {
      if (error instanceof ProtocolError || error instanceof TokenRefusedError) throw error;
      for (const other of others) other.throwIfAborted();
      return { why: ending.signal.aborted ? `no answer within ${limit} s` : reasonOf(error), retryAfter: null };
    } finally {
      clearTimeout(late);
      for (const other of others) other.removeEventListener('abort', end);
    }
  }

  private async pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    const ending = new AbortController();
    const others = [this.closing.signal, ...(signal ? [signal] : [])];
    const end = (): void => ending.abort();
    for (const other of others) other.addEventListener('abort', end);
    try {
      await sleep(milliseconds, undefined, { signal: ending.signal });
    } catch {
      for (const other of others) other.throwIfAborted();
    } finally {
      for (const other of others) other.removeEventListener('abort', end);
    }
  }
}

/** The meaning of an answer other than 2xx: retry, or an error that a retry cannot fix. */
function failureOf({ status, headers }: Response, text: string, request: string): Failure {
  const { code = 0, message = `${request} answered ${status}` } = errorIn(text);
  if (status === 401) {
    throw new TokenRefusedError(
      'The server refuses the token (401): set RUNLEDGER_TOKEN to a token that is still valid and has the permission taskrun/action.',
    );
  }
  if (status === 403 && isAgentsOwn(request)) {
    throw new TokenRefusedError(`The token lacks the permission for an agent's work (403): ${message}`);
  }
  if (status < 500 && status !== 429 && status !== 408) throw new ProtocolError(status, code, message);
  return { why: `${status}: ${message}`, retryAfter: headers.get('retry-after') };
}

/** Registration, polls and heartbeats, but not reports about one item. */
function isAgentsOwn(request: string): boolean {
  return request.includes(' /api/v1/agent/');
}

function errorIn(text: string): { readonly code?: number; readonly message?: string } {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {};
  }
}

/** The message `fetch failed` says nothing; its cause says what failed. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { readonly message?: string; readonly cause?: NodeJS.ErrnoException };
  return cause?.message || cause?.code || message || 'the connection failed';
}

function json(body: unknown) {
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}
