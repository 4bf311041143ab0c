import { type Place, type Reach, reaches, type StreamVersion } from '#libs/contracts';
import { ExpressionError, Pattern } from '#libs/expressions';
import { decideAndEvolve, type Decided, type Decider, RefusedError } from '#libs/kernel';
import { type Guard, loadFolded, type StreamCategory, Upcasters, type VersionedState } from '#libs/ledger';
import { type SecretBox, sealKnown } from '#libs/secrets';
import type { Pool } from 'pg';
import { createRunDecider, type RunCommand, type RunEvent, type WorkflowRunState, taskOfRun } from '../domain';
import { bytesOfRun } from './run-bytes';
import { RunPlans } from './run-plans';
import { quotaGuards, type RunQuotas } from './run-quotas';
import { SourcesMoved } from './sources-moved';
import { newsOfRun } from './run-news';
import { projectRuns } from '../read/run-projection';

/**
 * A command with its sender's reach and, if it makes a run, the quotas, and the stream versions that must still be the newest.
 */
export type SentRunCommand = RunCommand & {
  readonly reach: Reach;
  readonly quotas?: RunQuotas;
  readonly mustStand?: readonly StreamVersion[];
};

export type RunCategory = StreamCategory<WorkflowRunState, SentRunCommand, RunEvent> & {
  readonly stored: RunPlans;
  /** A run as it was at a version; absent if there is none. */
  loadAt(pool: Pool, runId: string, version: number): Promise<VersionedState<WorkflowRunState> | undefined>;
};

/** One step for each event of a run that has changed its shape. The first version of a submission had the tasks themselves: `RunPlans` opens both. */
export const runUpcasters = new Upcasters().register('WorkflowRunSubmitted', 1, (data) => data);

/** Injection token. */
export const RUN_CATEGORY = Symbol('RunCategory');

/** The answer is the same for unknown, malformed and foreign ids, so that nobody can distinguish them. */
export function unknownRun(): RefusedError {
  return new RefusedError('WORKFLOWRUN_INVALID_REFERENCE', 'Invalid WorkflowRun reference has been provided.');
}

/** The place of a run, to check it against a reach. */
export function placeOfRun({ teamId, workflow }: WorkflowRunState): Place {
  return { teamId, workflowId: workflow.id };
}

export function createRunCategory(leaseSeconds: number, box: SecretBox): RunCategory {
  const decider = createRunDecider({
    matches: (pattern, value) => patternOf(pattern)?.matches(box.open(value)) ?? false,
    sizeOf: (pattern) => patternOf(pattern)?.size ?? Infinity,
    seal: (text) => box.seal(text),
    open: (value) => box.openAll(value),
  });
  const decide = (state: WorkflowRunState | null, command: SentRunCommand): Decided<WorkflowRunState, RunEvent> => {
    if (state && !reaches(command.reach, placeOfRun(state))) throw unknownRun();
    return decideAndEvolve(decider, state, state ? withSecretsSealed(state, command, box) : command);
  };
  const scoped: Decider<WorkflowRunState, SentRunCommand, RunEvent> = {
    decide: (state, command) => decide(state, command).events,
    decideAndEvolve: decide,
    evolve: (state, event) => decider.evolve(state, event),
  };
  const plans = new RunPlans();
  const load = loadFolded(scoped, 'WorkflowRunSubmitted', { upcasters: runUpcasters, stored: plans });
  return {
    name: 'workflow-run',
    teamOf: ({ teamId }) => teamId,
    decider: scoped,
    upcasters: runUpcasters,
    stored: plans,
    load,
    loadAt: async (pool, runId, version) => (await load(pool, [runId], undefined, version)).get(runId) ?? undefined,
    project: (changes) => projectRuns(changes, leaseSeconds),
    guards: (command) => [...sourceGuards(command), ...quotaGuards(command)],
    tell: newsOfRun,
    snapshotEvery: ({ tasks }) => Math.max(256, 2 * tasks.length),
    weigh: bytesOfRun,
  };
}

/** The append accepts a run only while the streams that it was made from have not changed. */
function sourceGuards({ mustStand = [] }: SentRunCommand): Guard[] {
  return mustStand.map(({ streamId, version }) => ({
    sqlFunction: 'stream_moved',
    key: `${streamId}/${version}`,
    adds: 0,
    limit: 0,
    refuse: () => new SourcesMoved(),
  }));
}

/** An agent's report may contain the task's secrets: seal them again before anything is decided or stored. */
function withSecretsSealed(state: WorkflowRunState, command: SentRunCommand, box: SecretBox): SentRunCommand {
  if (command.type !== 'EndTask' && command.type !== 'StartTask') return command;
  const task = taskOfRun(state, command.taskId);
  if (!task) return command;
  const secrets = box.secretsIn([task.params, task.spec]);
  if (secrets.size === 0) return command;
  const sealed = <Value>(value: Value) => sealKnown(value, secrets, (text) => box.seal(text));
  if (command.type === 'StartTask')
    return { ...command, ...sealed(said(command, ['labels', 'annotations', 'params'])) };
  return { ...command, ...sealed(said(command, ['statusMessage', 'results', 'labels', 'annotations'])) };
}

/** Null for an unusable expression, in a definition from before there were bounds. */
function patternOf(text: string): Pattern | null {
  try {
    return Pattern.of(text);
  } catch (error) {
    if (error instanceof ExpressionError) return null;
    throw error;
  }
}

/** The free text of an agent's report; the rest are ids and our own words. */
function said<Message extends object, Name extends keyof Message>(message: Message, names: readonly Name[]) {
  return Object.fromEntries(
    names.flatMap((name) => (message[name] === undefined ? [] : [[name, message[name]]])),
  ) as Partial<Pick<Message, Name>>;
}
