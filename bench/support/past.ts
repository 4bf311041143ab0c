import type { Workflow } from './workflows';

/** Each has four events, all of them in the commit that starts the run. */
export const tasksOfLong = 49;

/** A workflow that the server carries out at once, for ledgers with many events. */
export function pastOf(name: string, tasks: readonly { readonly name: string }[]): Workflow {
  return {
    name,
    params: [{ name: 'text', type: 'text', default: 'x'.repeat(100) }],
    tasks: [
      { name: 'start', type: 'start' },
      ...tasks,
      { name: 'end', type: 'end', dependencies: [{ taskRef: tasks.at(-1)?.name }] },
    ],
  };
}

/** So many steps, one after the other: a run of 49 has some 200 events. */
export function stepsOf(count: number): readonly { readonly name: string }[] {
  return Array.from({ length: count }, (_, place) => ({
    name: `step-${place}`,
    type: 'setwfproperty',
    params: [
      { name: 'output', value: `out-${place}` },
      { name: 'value', value: `$(params.text) ${place}` },
    ],
    dependencies: [{ taskRef: place === 0 ? 'start' : `step-${place - 1}` }],
  }));
}
