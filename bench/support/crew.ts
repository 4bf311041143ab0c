import { Client } from './client';

interface Item {
  readonly id: string;
  readonly fence: number;
}

export interface CrewOptions {
  readonly agents: number;
  /** Tasks that each agent claims at once. */
  readonly limit: number;
  /** What each task writes to its log; nothing if absent. */
  readonly log?: string;
}

/** Seconds that a poll is held. A crew that is dismissed waits for its polls. */
const wait = 1;

/**
 * Agents whose tasks do nothing: they claim, start and end them as fast as the server lets them. They speak the agents' protocol over
 * connections of their own, from the process of the load generator.
 */
export class Crew {
  private readonly agents: Promise<void>[] = [];
  private readonly clients: Client[] = [];
  private isDismissed = false;
  private left = 0;
  private reached: (() => void) | null = null;
  private failed: ((error: unknown) => void) | null = null;

  private constructor(private readonly options: CrewOptions) {}

  static async hire(url: string, options: CrewOptions): Promise<Crew> {
    const crew = new Crew(options);
    for (let n = 0; n < options.agents; n++) {
      // One connection for polls, and a few for reports: more would not make one agent faster.
      const client = new Client(url, 1 + Math.min(options.limit, 8));
      crew.clients.push(client);
      const id = await client.call('POST', '/api/v1/agent/register', { host: 'bench', taskTypes: ['script'] });
      const working = crew.work(client, id);
      working.catch((error: unknown) => crew.failed?.(error));
      crew.agents.push(working);
    }
    return crew;
  }

  /** Resolves when that many more tasks have ended. Ask before they are submitted. */
  ended(tasks: number): Promise<void> {
    this.left = tasks;
    return new Promise((resolve, reject) => {
      this.reached = resolve;
      this.failed = reject;
    });
  }

  async dismiss(): Promise<void> {
    this.isDismissed = true;
    await Promise.allSettled(this.agents);
    for (const client of this.clients) client.close();
  }

  private async work(client: Client, id: string): Promise<void> {
    const poll = client.prepare('GET', `/api/v1/agent/${id}/tasks?wait=${wait}&limit=${this.options.limit}`);
    while (!this.isDismissed) {
      const { status, body } = await client.send(poll);
      if (status === 204) continue;
      let items = JSON.parse(body.toString()) as Item[];
      while (items.length > 0) items = await this.serve(client, id, items);
    }
  }

  /**
   * Reports of all of them go together, as an agent does that has several to send: of tasks that end at once, start and end too. Returns the
   * tasks that the agent has taken with them.
   */
  private async serve(client: Client, id: string, items: readonly Item[]): Promise<Item[]> {
    const { log } = this.options;
    if (log !== undefined) {
      await this.report(client, items, ['start']);
      await Promise.all(
        items.map(({ id, fence }) => {
          const headers = { 'runledger-fence': String(fence), 'runledger-log-offset': '0' };
          return client.call('POST', `/api/v1/taskrun/${id}/log`, log, headers);
        }),
      );
    }
    const next = await this.report(client, items, log === undefined ? ['start', 'end'] : ['end'], id);
    this.left -= items.length;
    if (this.left <= 0) this.reached?.();
    return next;
  }

  /** @param agent takes the tasks that these reports make ready, as many as have ended; absent: none. */
  private async report(
    client: Client,
    items: readonly Item[],
    kinds: readonly ('start' | 'end')[],
    agent?: string,
  ): Promise<Item[]> {
    const reports = items.flatMap(({ id, fence }) => kinds.map((report) => ({ id, fence, report })));
    const next = agent !== undefined && !this.isDismissed && { next: { agent, limit: items.length } };
    const answers = JSON.parse(await client.call('PUT', '/api/v1/taskrun/batch', { reports, ...next })) as {
      readonly status: number;
      readonly next?: Item[];
    }[];
    const refused = answers.find(({ status }) => status !== 200);
    if (refused) throw new Error(`A report was refused: ${JSON.stringify(refused)}`);
    return answers.flatMap((answer) => answer.next ?? []);
  }
}
