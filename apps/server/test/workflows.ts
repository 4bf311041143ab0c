import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, TestServer } from './harness';

/** A task: name, type, params, and its dependencies (`a`, `a:success`; absent = start). */
export function task(
  name: string,
  type: string,
  params: Readonly<Record<string, unknown>> = {},
  after: readonly string[] = ['start'],
  more: Readonly<Record<string, unknown>> = {},
) {
  return {
    name,
    type,
    params: Object.entries(params).map(([key, value]) => ({ name: key, value })),
    dependencies: after.map((edge) => {
      const [taskRef, executionCondition = 'always'] = edge.split(':');
      return { taskRef, executionCondition };
    }),
    ...more,
  };
}

export function script(
  name: string,
  after: readonly string[] = ['start'],
  more: Readonly<Record<string, unknown>> = {},
) {
  return task(name, 'script', {}, after, { spec: { script: 'true' }, ...more });
}

/** The workflow with its start and end: `end` depends on the last ones named, with success. */
export function workflow(
  name: string,
  tasks: readonly unknown[],
  last: readonly string[],
  more: Record<string, unknown> = {},
) {
  const edges = last.map((edge) => (edge.includes(':') ? edge : `${edge}:success`));
  return { name, ...more, tasks: [{ name: 'start', type: 'start' }, ...tasks, task('end', 'end', {}, edges)] };
}

/** Repeats the request until the answer matches, for at most `seconds`. */
export async function until<Value>(
  ask: () => Promise<Value>,
  fits: (value: Value) => boolean,
  seconds = 10,
): Promise<Value> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await ask();
    if (fits(value)) return value;
    if (Date.now() > deadline) throw new Error(`It did not come about: ${JSON.stringify(value).slice(0, 1500)}`);
    await sleep(20);
  }
}

/** Runs of one team of a test server. */
export class Runs {
  constructor(
    readonly server: TestServer,
    readonly team: string,
  ) {}

  get base(): string {
    return `/api/v2/team/${this.team}`;
  }

  /** Saves the workflow and starts a run of it. */
  async start(definition: { readonly name: string }, body: unknown = {}): Promise<string> {
    const saved = await this.server.saveWorkflow(this.team, definition);
    if (saved.status !== 200) throw new Error(saved.text);
    const answer = await this.server.submit(this.team, definition.name, body);
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.body.id as string;
  }

  async get(id: string): Promise<Answer['body']> {
    return (await this.server.get(`${this.base}/workflowrun/${id}`)).body;
  }

  async task(id: string, name: string): Promise<Answer['body']> {
    return taskOf(await this.get(id), name);
  }

  /** The run once it has completed. */
  ended(id: string, seconds = 10): Promise<Answer['body']> {
    return until(
      () => this.get(id),
      (run) => run.phase === 'completed' || run.phase === 'finalized',
      seconds,
    );
  }

  waiting(id: string, name: string): Promise<Answer['body']> {
    return until(
      () => this.task(id, name),
      (each) => each.status === 'waiting',
    );
  }
}

export function taskOf(run: Answer['body'], name: string): Answer['body'] {
  return run.tasks.find((each: { name: string }) => each.name === name);
}

/** Results by name. */
export function resultsOf(item: Answer['body']): Record<string, unknown> {
  const results = item.results as { name: string; value: unknown }[];
  return Object.fromEntries(results.map(({ name, value }) => [name, value]));
}
