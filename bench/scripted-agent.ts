import type { Client } from './support';

interface Item {
  readonly id: string;
  readonly fence: number;
}

/** An agent whose tasks do nothing: claims, starts, ends, as fast as the server lets it. */
export class ScriptedAgent {
  private stopped = false;
  private ended = 0;

  constructor(
    private readonly client: Client,
    /** Tasks that it claims at once. */
    private readonly limit: number,
  ) {}

  /** Resolves once it has ended so many tasks. */
  async work(tasks: number): Promise<void> {
    const id = await this.client.call('POST', '/api/v1/agent/register', { host: 'bench', taskTypes: ['script'] });
    while (!this.stopped && this.ended < tasks) {
      const text = await this.client.call('GET', `/api/v1/agent/${id}/tasks?wait=5&limit=${this.limit}`);
      if (text === '') continue;
      await Promise.all((JSON.parse(text) as Item[]).map((item) => this.serve(item)));
    }
  }

  stop(): void {
    this.stopped = true;
  }

  private async serve(item: Item): Promise<void> {
    for (const action of ['start', 'end']) {
      await this.client.call(
        'PUT',
        `/api/v1/taskrun/${item.id}/${action}`,
        {},
        { 'runledger-fence': String(item.fence) },
      );
    }
    this.ended++;
  }
}

/** Milliseconds from its submit until the run has succeeded. */
export async function timeRun(client: Client, workflow: string, tasks: number, limit: number): Promise<number> {
  const agent = new ScriptedAgent(client, limit);
  const working = agent.work(tasks);
  const begin = process.hrtime.bigint();
  const { id } = JSON.parse(
    await client.call('POST', `/api/v2/team/bench/workflow/${workflow}/submit?start=true`, {}),
  ) as { id: string };
  await working;
  for (;;) {
    const path = `/api/v2/team/bench/workflowrun/${id}?withTasks=false`;
    const { status } = JSON.parse(await client.call('GET', path)) as { status: string };
    if (status === 'succeeded') return Number(process.hrtime.bigint() - begin) / 1e6;
    if (status !== 'running') throw new Error(`The run ended ${status}`);
  }
}
