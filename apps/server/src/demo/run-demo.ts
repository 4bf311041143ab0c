import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskRunBody, WorkflowRunBody } from '#libs/contracts';
import { demoWorkflow } from './demo-workflow';
import { RunProgress } from './run-progress';

export interface DemoOptions {
  readonly baseUrl: string;
  readonly token: string;
  readonly out: NodeJS.WriteStream;
  /** Milliseconds after which the demo stops watching. */
  readonly patience?: number;
}

export interface DemoOutcome {
  readonly runId: string;
  readonly succeeded: boolean;
}

const team = 'demo';

/** Whether the demo has been set up on this ledger before. */
export async function hasDemo({ baseUrl, token }: DemoOptions): Promise<boolean> {
  const response = await fetch(`${baseUrl}/api/v2/team/${team}`, { headers: { authorization: `Bearer ${token}` } });
  return response.ok;
}

/** The newest run of the demo team, for the curl lines. */
export async function newestDemoRun(options: DemoOptions): Promise<string | undefined> {
  const path = `/api/v2/team/${team}/workflowrun/query?limit=1&order=DESC`;
  const page = await call<{ content: WorkflowRunBody[] }>(options, 'GET', path);
  return page.content[0]?.id;
}

/** Sets up the demo team and its workflow, submits a run through the API like anybody else, and follows it to its end. */
export async function runDemo(options: DemoOptions): Promise<DemoOutcome> {
  await call(options, 'POST', '/api/v2/team', { name: team, displayName: 'Demo' });
  await call(options, 'PUT', `/api/v2/team/${team}/workflow`, demoWorkflow);
  const path = `/api/v2/team/${team}/workflow/${demoWorkflow.name}/submit`;
  const { id } = await call<WorkflowRunBody>(options, 'POST', path, { trigger: 'manual', labels: { demo: 'true' } });
  const progress = new RunProgress(options.out, demoWorkflow.displayName, id);
  const deadline = Date.now() + (options.patience ?? 60_000);
  for (;;) {
    const run = await call<WorkflowRunBody>(options, 'GET', `/api/v2/team/${team}/workflowrun/${id}`);
    progress.show(run);
    const ended = run.phase === 'completed' || run.phase === 'finalized';
    if (ended || Date.now() > deadline) {
      progress.end(run, await outputOf(options, run.tasks ?? []));
      return { runId: id, succeeded: run.status === 'succeeded' };
    }
    await sleep(100);
  }
}

/** What each executed task printed. */
async function outputOf(options: DemoOptions, tasks: readonly TaskRunBody[]): Promise<ReadonlyMap<string, string>> {
  const output = new Map<string, string>();
  for (const task of tasks) {
    if (task.type !== 'script' || task.status === 'skipped') continue;
    const response = await fetch(`${options.baseUrl}/api/v2/taskrun/${task.id}/log`, {
      headers: { authorization: `Bearer ${options.token}` },
    });
    if (response.ok) output.set(task.name, await response.text());
  }
  return output;
}

async function call<Answer>(
  { baseUrl, token }: DemoOptions,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(baseUrl + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Answer;
}
