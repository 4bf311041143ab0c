import type { Client } from './client';
import { Crew } from './crew';
import { measure, type Measured, type Sample } from './meter';
import { idOf, runs, submits, type Workflow } from './workflows';

/** One run whose agent claims so many tasks at once: from its submit until its last task has ended. A sample per task. */
export async function timeRun(
  measured: Measured,
  client: Client,
  { workflow, tasks, limit }: { readonly workflow: Workflow; readonly tasks: number; readonly limit: number },
): Promise<Sample> {
  const crew = await Crew.hire(client.url, { agents: 1, limit });
  const [request] = submits(client, workflow, 1, '?start=true');
  if (!request) throw new Error('There is nothing to submit.');
  let id = '';
  const sample = await measure(measured, async () => {
    const ended = crew.ended(tasks);
    id = idOf((await client.send(request)).body);
    await ended;
    return tasks;
  });
  await crew.dismiss();
  const { status } = JSON.parse(await client.call('GET', `${runs}/${id}?withTasks=false`)) as { status: string };
  if (status !== 'succeeded') throw new Error(`The run is ${status}, and not succeeded.`);
  return sample;
}
