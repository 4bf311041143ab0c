import { type Place, type Reach, reaches, type StreamVersion } from '#libs/contracts';
import { ExpressionError, Pattern } from '#libs/expressions';
import { decideAndEvolve, type Decided, type Decider, RefusedError } from '#libs/kernel';
import { type Guard, loadFolded, type StreamCategory } from '#libs/ledger';
import { type SecretBox, sealKnown } from '#libs/secrets';
import { createRunDecider, type RunCommand, type RunEvent, type WorkflowRunState, taskOfRun } from '../domain';
import { bytesOfRun } from './run-bytes';
import { RunPlans } from './run-plans';
import { quotaGuards, type RunQuotas } from './run-quotas';
import { SourcesMoved } from './sources-moved';
import { newsOfRun } from './run-news';
import { projectRuns } from '../read/run-projection';

/** A command with what its sender may touch, and, for one that makes a run, the quotas to stay within and what must not have changed. */
export type SentRunCommand = RunCommand & {
  readonly reach: Reach;
  readonly quotas?: RunQuotas;
  readonly mustStand?: readonly StreamVersion[];
};

export type RunCategory = StreamCategory<WorkflowRunState, SentRunCommand, RunEvent> & { readonly stored: RunPlans };

/** Injection token. */
export const RUN_CATEGORY = Symbol('RunCategory');

/** Unknown, malformed and foreign ids get one answer, so that nobody can tell them apart. */
export function unknownRun(): RefusedError {
  return new RefusedError('WORKFLOWRUN_INVALID_REFERENCE', 'Invalid WorkflowRun reference has been provided.');
}

/** Where a run lies, for the reach of whoever asks for it. */
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
  return {
    name: 'workflow-run',
    decider: scoped,
    schemaVersions: { WorkflowRunSubmitted: 2 },
    stored: plans,
    load: loadFolded(scoped, 'WorkflowRunSubmitted', plans),
    project: (changes) => projectRuns(changes, leaseSeconds),
    guards: (command) => [...sourceGuards(command), ...quotaGuards(command)],
    tell: newsOfRun,
    snapshotEvery: ({ tasks }) => Math.max(256, 2 * tasks.length),
    weigh: bytesOfRun,
  };
}

/** The append takes a run only while what it was made of has not moved on. */
function sourceGuards({ mustStand = [] }: SentRunCommand): Guard[] {
  return mustStand.map(({ streamId, version }) => ({
    sqlFunction: 'stream_moved',
    key: `${streamId}/${version}`,
    adds: 0,
    limit: 0,
    refuse: () => new SourcesMoved(),
  }));
}

/** What an agent reports of a task may hold the secrets that it was given: they are sealed again before anything is decided or kept. */
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

/** Null for one that cannot be used, in a definition that was saved before there were bounds. */
function patternOf(text: string): Pattern | null {
  try {
    return Pattern.of(text);
  } catch (error) {
    if (error instanceof ExpressionError) return null;
    throw error;
  }
}

/** What an agent says in its own words; the rest of its message are ids and words of ours. */
function said<Message extends object, Name extends keyof Message>(message: Message, names: readonly Name[]) {
  return Object.fromEntries(
    names.flatMap((name) => (message[name] === undefined ? [] : [[name, message[name]]])),
  ) as Partial<Pick<Message, Name>>;
}
