import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskRunBody, WorkflowRunBody } from '#libs/contracts';
import { approvalWorkflow } from './approval-workflow';
import { demoWorkflow } from './demo-workflow';
import { paintFor } from '#libs/terminal';
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

/** Whether the demo has already been set up on this ledger. */
export function hasDemo(options: DemoOptions): Promise<boolean> {
  return exists(options, `/api/v2/team/${team}`);
}

/** Saves the demo's workflows if they are missing. */
export async function ensureWorkflows(options: DemoOptions): Promise<void> {
  for (const workflow of [demoWorkflow, approvalWorkflow]) {
    const path = `/api/v2/team/${team}/workflow`;
    if (!(await exists(options, `${path}/${workflow.name}`))) await call(options, 'PUT', path, workflow);
  }
}

/** Sets up the demo team and its workflow, submits a run through the API, and follows it to its end. */
export async function runDemo(options: DemoOptions): Promise<DemoOutcome> {
  await call(options, 'POST', '/api/v2/team', { name: team, displayName: 'Demo' });
  await ensureWorkflows(options);
  const path = `/api/v2/team/${team}/workflow/${demoWorkflow.name}/submit`;
  const { id } = await call<WorkflowRunBody>(options, 'POST', path, { trigger: 'manual', labels: { demo: 'true' } });
  const progress = new RunProgress(options.out, demoWorkflow.displayName, id, paintFor(options.out));
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

/** The output of each executed task. */
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
  const response = await answerOf(() =>
    fetch(baseUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Answer;
}

/** If something does not exist, the answer is 400 or 404; any other answer tells us nothing. */
async function exists({ baseUrl, token }: DemoOptions, path: string): Promise<boolean> {
  const response = await answerOf(() => fetch(baseUrl + path, { headers: { authorization: `Bearer ${token}` } }));
  await response.body?.cancel();
  if (response.ok) return true;
  if (response.status === 400 || response.status === 404) return false;
  throw new Error(`GET ${path} answered ${response.status}`);
}

/** How often to send a request, half a second apart, while the server is too busy. */
const maxBusy = 20;

async function answerOf(send: () => Promise<Response>): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await send();
    if ((response.status !== 503 && response.status !== 429) || attempt === maxBusy) return response;
    await response.body?.cancel();
    await sleep(500);
  }
}
