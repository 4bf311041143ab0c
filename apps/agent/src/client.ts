import { setTimeout as sleep } from 'node:timers/promises';
import { type ClaimedRun, type ClaimedTask, ProtocolError, type TaskOutcome } from './protocol';

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Seconds during which a server that cannot be reached, or is overloaded, is tried again. */
  readonly patience: number;
}

/** The agent's side of the wire. What is safe to repeat is repeated: every message carries its fence, so all of them are. */
export class AgentClient {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  async register(name: string, host: string, taskTypes: readonly string[], signal: AbortSignal): Promise<string> {
    const body = JSON.stringify({ name, host, version: 1, taskTypes, workflowAnnotations: [], taskAnnotations: [] });
    const response = await this.call({
      method: 'POST',
      path: '/api/v1/agent/register',
      ...json(body),
      signal,
      patience: 3600,
    });
    return response.text();
  }

  async pollRuns(agentId: string, limit: number, signal: AbortSignal): Promise<ClaimedRun[]> {
    return (await this.poll(`/api/v1/agent/${agentId}/workflows?wait=30&limit=${limit}`, signal)) as ClaimedRun[];
  }

  async pollTasks(agentId: string, limit: number, signal: AbortSignal): Promise<ClaimedTask[]> {
    return (await this.poll(`/api/v1/agent/${agentId}/tasks?wait=30&limit=${limit}`, signal)) as ClaimedTask[];
  }

  async heartbeat(agentId: string): Promise<number> {
    const response = await this.call({ method: 'PUT', path: `/api/v1/agent/${agentId}/heartbeat`, patience: 0 });
    return ((await response.json()) as { leaseSeconds: number }).leaseSeconds;
  }

  async reportRun(run: ClaimedRun, action: 'start' | 'finalize'): Promise<void> {
    await this.report(`/api/v1/workflowrun/${run.id}/${action}`, run.fence, '{}');
  }

  async startTask(task: ClaimedTask): Promise<void> {
    await this.report(`/api/v1/taskrun/${task.id}/start`, task.fence, '{}');
  }

  async endTask(task: ClaimedTask, outcome: TaskOutcome): Promise<void> {
    await this.report(`/api/v1/taskrun/${task.id}/end`, task.fence, JSON.stringify(outcome));
  }

  /** Says that the work of a task which the server has ended is stopped. */
  async acknowledgeStop(task: Pick<ClaimedTask, 'id' | 'fence'>): Promise<void> {
    await this.report(`/api/v1/taskrun/${task.id}/cancel`, task.fence, '{}');
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
      patience: 30,
    });
  }

  private async poll(path: string, signal: AbortSignal): Promise<unknown[]> {
    const response = await this.call({ method: 'GET', path, signal, patience: 3600 });
    return response.status === 204 ? [] : ((await response.json()) as unknown[]);
  }

  private async report(path: string, fence: number, body: string): Promise<void> {
    const call = json(body);
    await this.call({
      method: 'PUT',
      path,
      body: call.body,
      headers: { ...call.headers, 'runledger-fence': String(fence) },
      patience: 300,
    });
  }

  private async call({ method, path, body, headers, signal, patience }: Call): Promise<Response> {
    const deadline = Date.now() + patience * 1000;
    for (let pause = 50; ; pause = Math.min(pause * 2, 5000)) {
      let problem: unknown;
      try {
        const response = await fetch(this.url + path, {
          method,
          headers: { authorization: `Bearer ${this.token}`, ...headers },
          ...(body !== undefined && { body: body as string }),
          ...(signal && { signal }),
        });
        if (response.ok) return response;
        const { code, message } = (await response.json().catch(() => ({}))) as { code?: number; message?: string };
        problem = new ProtocolError(
          response.status,
          code ?? 0,
          message ?? `${method} ${path} answered ${response.status}`,
        );
        if (response.status < 500 && response.status !== 429) throw problem;
      } catch (error) {
        if (error instanceof ProtocolError && error.status < 500 && error.status !== 429) throw error;
        if (signal?.aborted) throw error;
        problem = error;
      }
      if (Date.now() + pause > deadline) throw problem;
      await sleep(pause, undefined, signal ? { signal } : {});
    }
  }
}

function json(body: string) {
  return { body, headers: { 'content-type': 'application/json' } };
}
