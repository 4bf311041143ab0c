import type { Bench } from './bench';
import type { Client } from './client';
import { Crew, type CrewOptions } from './crew';
import { measure, type Sample } from './meter';
import type { RunningServer } from './server';
import { idOf, submits, type Workflow } from './workflows';

export interface Crowd extends CrewOptions {
  readonly workflow: Workflow;
  /** Agent tasks of each run. */
  readonly tasks: number;
  readonly runs: number;
}

/** Submits runs, as many at once as the client has connections, while agents do their tasks: until the last task has ended. */
export async function runCrowd(
  bench: Bench,
  server: RunningServer,
  client: Client,
  { workflow, tasks, runs, ...options }: Crowd,
): Promise<{ readonly sample: Sample; readonly ids: readonly string[] }> {
  const crew = await Crew.hire(server.url, options);
  const requests = submits(client, workflow, runs, '?start=true');
  const answers: Buffer[] = [];
  const sample = await measure(bench.measured(server), async () => {
    const ended = crew.ended(tasks * runs);
    const submitting = client.each(requests, async (request) => answers.push((await client.send(request)).body));
    await Promise.all([submitting, ended]);
    return runs;
  });
  await crew.dismiss();
  return { sample, ids: answers.map(idOf) };
}
