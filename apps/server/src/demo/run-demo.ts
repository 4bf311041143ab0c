import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskRunBody, WorkflowRunBody } from '#libs/contracts';
import { approvalWorkflow } from './approval-workflow';
import { demoWorkflow } from './demo-workflow';
import { paintFor } from '../paint';
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

/** Saves the demo's workflows where they are missing. */
export async function ensureWorkflows(options: DemoOptions): Promise<void> {
  for (const workflow of [demoWorkflow, approvalWorkflow]) {
    const path = `/api/v2/team/${team}/workflow`;
    const headers = { authorization: `Bearer ${options.token}` };
    const { ok } = await fetch(`${options.baseUrl}${path}/${workflow.name}`, { headers });
    if (!ok) await call(options, 'PUT', path, workflow);
  }
}

/** Sets up the demo team and its workflow, submits a run through the API like anybody else, and follows it to its end. */
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
