import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerProcess } from './server-process';

export interface Item {
  readonly id: string;
  readonly fence: number;
}

/**
 * Claims and ends tasks until it is told to stop; records what was acknowledged. Survives losing the server and its
 * database.
 */
export class ScriptedAgent {
  static readonly all: ScriptedAgent[] = [];
  readonly ended = new Set<string>();
  stopped = false;

  constructor(private readonly server: () => Pick<ServerProcess, 'call'>) {
    ScriptedAgent.all.push(this);
  }

  async work(): Promise<void> {
    let agent = '';
    while (!this.stopped) {
      try {
        if (agent === '') {
          const registration = { host: 'spec', taskTypes: ['script'] };
          const { status, body } = await this.server().call('POST', '/api/v1/agent/register', registration);
          if (status === 200) agent = body as string;
          else await sleep(50);
          continue;
        }
        const { status, body } = await this.server().call('GET', `/api/v1/agent/${agent}/tasks?wait=1&limit=10`);
        if (status === 200) await Promise.all((body as Item[]).map((item) => this.serve(item)));
        else if (status !== 204) await sleep(50);
      } catch {
        // The server is away: either our lease runs out, or the server comes back first.
        await sleep(50);
      }
    }
  }

  private async serve(item: Item): Promise<void> {
    const fence = { 'runledger-fence': String(item.fence) };
    for (let attempt = 0; attempt < 400 && !this.stopped; attempt++) {
      try {
        const started = await this.server().call('PUT', `/api/v1/taskrun/${item.id}/start`, {}, fence);
        if (started.status < 500) {
          const { status } = await this.server().call('PUT', `/api/v1/taskrun/${item.id}/end`, {}, fence);
          if (status === 200) this.ended.add(item.id);
          if (status < 500) return;
        }
      } catch {
        // Not acknowledged: send it again.
      }
      await sleep(50);
    }
  }
}
