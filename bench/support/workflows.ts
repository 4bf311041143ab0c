import type { Client } from './client';

export const team = '/api/v2/team/bench';
export const runs = `${team}/workflowrun`;

export interface Workflow {
  readonly name: string;
  readonly params?: readonly unknown[];
  readonly tasks: readonly unknown[];
}

function noOp(name: string, after: string) {
  return { name, type: 'script', spec: { script: 'true' }, dependencies: [{ taskRef: after }] };
}

function definition(name: string, tasks: readonly unknown[], last: readonly string[]): Workflow {
  const dependencies = last.map((taskRef) => ({ taskRef, executionCondition: 'success' }));
  return { name, tasks: [{ name: 'start', type: 'start' }, ...tasks, { name: 'end', type: 'end', dependencies }] };
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `t${index}`);
}

/** So many tasks that do nothing, one after the other. */
export function sequenceOf(count: number): Workflow {
  const all = names(count);
  const tasks = all.map((name, index) => noOp(name, all[index - 1] ?? 'start'));
  return definition(`sequence-${count}`, tasks, all.slice(-1));
}

/** So many tasks that do nothing, side by side, and their join. */
export function fanOf(count: number): Workflow {
  const all = names(count);
  const tasks = all.map((name) => noOp(name, 'start'));
  return definition(`fan-${count}`, tasks, all);
}

/** Makes the team and its workflows. */
export async function prepareTeam(client: Client, definitions: readonly Workflow[]): Promise<void> {
  // Its quotas are checked like any team's, and never reached.
  await client.call('POST', '/api/v2/team', { name: 'bench', quotas: { maxConcurrentRuns: 10_000_000 } });
  for (const each of definitions) await client.call('PUT', `${team}/workflow`, each);
}

/** The same request so many times: a submit of the workflow. */
export function submits(client: Client, { name }: Workflow, count: number, query = ''): Buffer[] {
  const request = client.prepare('POST', `${team}/workflow/${name}/submit${query}`, {});
  return Array.from({ length: count }, () => request);
}

/** Submits that many runs, which wait for their start. Their ids. */
export async function submitRuns(client: Client, workflow: Workflow, count: number): Promise<string[]> {
  const ids: string[] = [];
  await client.each(submits(client, workflow, count), async (request) => {
    ids.push(idOf((await client.send(request)).body));
  });
  return ids;
}

export function idOf(body: Buffer): string {
  return (JSON.parse(body.toString()) as { id: string }).id;
}
