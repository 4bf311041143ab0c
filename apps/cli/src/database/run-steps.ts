import type { WorkflowRunProof } from '#libs/contracts';
import { canonicalJson, isId } from '#libs/kernel';
import { readStream, type RecordedEvent } from '#libs/ledger';
import {
  createRunCategory,
  type RunCategory,
  type RunEvent,
  runUpcasters,
  type TaskRunState,
  type WorkflowRunState,
} from '#libs/runs';
import { SecretBox } from '#libs/secrets';
import { Pool } from 'pg';
import { CliError, exitCodes, wrongUsage } from '../exit';
import { shownData } from './shown-event';
import type { Until } from '../until';

/** A field of the run, or of one of its tasks, before and after an event. Secrets are masked. */
export interface Change {
  /** Name of the task; null = the run. */
  readonly task: string | null;
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

export interface Step {
  readonly event: RecordedEvent;
  readonly state: WorkflowRunState;
  readonly changes: readonly Change[];
}

/** The fields that a step shows, apart from status and phase. */
const runFields = [
  ...['statusMessage', 'params', 'results', 'labels', 'annotations', 'workspaces', 'agentRef', 'statusOverride'],
  ...['awaitingApproval', 'locks', 'received'],
] as readonly (keyof WorkflowRunState)[];
const taskFields = [
  ...['statusMessage', 'params', 'results', 'labels', 'annotations', 'agentRef', 'waitsFor', 'waitKey', 'wakeAt'],
  ...['tries', 'attempts', 'decisionValue', 'action', 'child', 'schedule'],
] as readonly (keyof TaskRunState)[];

/**
 * The events of a run up to that moment, each with the state after it and what it has changed.
 * @throws CliError if there is no such run, or it did not exist then.
 */
export async function stepsOfRun(pool: Pool, runId: string, until: Until): Promise<Step[]> {
  if (!isId(runId)) throw wrongUsage('--run must be the id of a run.');
  // It opens nothing: a box with any key masks what others have sealed.
  const category = createRunCategory(0, new SecretBox({ current: Buffer.alloc(32) }));
  const events = await readStream(pool, runId, 0, category.upcasters);
  if (events[0]?.type !== 'WorkflowRunSubmitted') throw new CliError(exitCodes.no, await whyNot(pool, runId));
  return stepsOf(category, pool, events, until);
}

/** The same for a run that lies in an archive: the database is not needed. */
export async function stepsOfProof({ run, events, plan }: WorkflowRunProof, until: Until): Promise<Step[]> {
  const category = createRunCategory(0, new SecretBox({ current: Buffer.alloc(32) }));
  if (plan !== undefined) category.stored.of(JSON.parse(plan) as unknown[]);
  const recorded = events.map((event, place): RecordedEvent => {
    const { data = '{}', metadata = '{}', salt = '', position, streamVersion, type, schemaVersion } = event;
    return runUpcasters.apply({
      ...{ position, streamId: run, streamVersion, type, schemaVersion },
      data: JSON.parse(data) as unknown,
      metadata: JSON.parse(metadata) as RecordedEvent['metadata'],
      isFirst: metadata !== events[place - 1]?.metadata,
      stored: { data, metadata, salt: Buffer.from(salt, 'base64') },
      recordedAt: BigInt(event.recordedAt),
      hash: Buffer.from(event.hash, 'base64'),
    });
  });
  // It connects to nothing: the plan is known.
  return stepsOf(category, new Pool(), recorded, until);
}

async function stepsOf(
  category: RunCategory,
  pool: Pool,
  events: readonly RecordedEvent[],
  until: Until,
): Promise<Step[]> {
  const opened = await category.stored.open(pool, events, []);
  const steps: Step[] = [];
  let state: WorkflowRunState | null = null;
  for (const event of events.filter(until)) {
    const whole: RunEvent | null = opened.event(event);
    if (!whole) throw new Error('The plan of the run is too large');
    const after: WorkflowRunState = category.decider.evolve(state, whole);
    steps.push({ event, state: after, changes: changesBetween(state, after) });
    state = after;
  }
  if (steps.length === 0)
    throw new CliError(
      exitCodes.no,
      `The run ${events[0]?.streamId} did not exist yet: it begins at position ${events[0]?.position}.`,
    );
  return steps;
}

function changesBetween(before: WorkflowRunState | null, after: WorkflowRunState): Change[] {
  const ofRun = differences(null, before, after, runFields);
  const ofTasks = after.tasks.flatMap((task, place) => {
    const former = before?.tasks[place] ?? null;
    // A task begins as the plan has it: only what differs later is news.
    return former === null || former === task ? [] : differences(task.name, former, task, taskFields);
  });
  return [...ofRun, ...ofTasks];
}

type Item = WorkflowRunState | TaskRunState;

function differences<Of extends Item>(
  task: string | null,
  before: Of | null,
  after: Of,
  fields: readonly (keyof Of & string)[],
): Change[] {
  const standing = ({ status, phase }: Item) => `${status}/${phase}`;
  const [was, is] = [before && standing(before), standing(after)];
  const moved = was === is ? [] : [{ task, field: 'status', from: was, to: is }];
  const changed = fields.flatMap((field) => {
    const [from, to] = [before ? before[field] : null, after[field]];
    if (from === to || canonicalJson(from) === canonicalJson(to) || (before === null && isEmpty(to))) return [];
    return [{ task, field, from: shownData(from), to: shownData(to) }];
  });
  return [...moved, ...changed];
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** The params or results of a list that were not there before, or had another value. */
export function newOnes(from: unknown, to: unknown): readonly { readonly name: string; readonly value: unknown }[] {
  const named = (list: unknown) => (Array.isArray(list) ? (list as { name: string; value: unknown }[]) : []);
  const before = new Map(named(from).map(({ name, value }) => [name, canonicalJson(value)]));
  return named(to).filter(({ name, value }) => before.get(name) !== canonicalJson(value));
}

async function whyNot(pool: Pool, runId: string): Promise<string> {
  const { rowCount } = await pool.query('select from archived_run where id = $1', [runId]);
  return rowCount === 0
    ? `There is no run ${runId}.`
    : `The run ${runId} has left the database for an archive: runledger archive show ${runId}`;
}
