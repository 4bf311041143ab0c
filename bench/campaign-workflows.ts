interface Task {
  readonly name: string;
  readonly type: string;
  readonly [more: string]: unknown;
}

function task(name: string, type: string, after: string, params: Readonly<Record<string, unknown>> = {}): Task {
  return {
    name,
    type,
    params: Object.entries(params).map(([key, value]) => ({ name: key, value })),
    dependencies: [{ taskRef: after, executionCondition: 'success' }],
  };
}

function script(name: string, after: string, text: string): Task {
  return { ...task(name, 'script', after), spec: { script: text } };
}

/** The tasks one after the other: each comes after the one that it names. */
function workflow(name: string, tasks: readonly Task[]) {
  const last = tasks.at(-1)?.name ?? 'start';
  return { name, tasks: [{ name: 'start', type: 'start' }, ...tasks, task('end', 'end', last)] };
}

/** Scripts, sleeps, locks and child runs, each in the way of the others. */
export const campaignWorkflows = [
  workflow('child', [task('nap', 'sleep', 'start', { duration: 300 })]),
  workflow('scripts', [script('one', 'start', 'echo one'), script('two', 'one', 'sleep 0.2; echo two')]),
  workflow('sleeps', [task('nap', 'sleep', 'start', { duration: 1500 }), script('after', 'nap', 'true')]),
  workflow('locks', [
    task('lock', 'acquirelock', 'start', { key: 'shared' }),
    task('inside', 'sleep', 'lock', { duration: 50 }),
    task('unlock', 'releaselock', 'inside', { key: 'shared' }),
  ]),
  workflow('children', [task('child', 'runworkflow', 'start', { workflowRef: 'child', wait: true })]),
];
