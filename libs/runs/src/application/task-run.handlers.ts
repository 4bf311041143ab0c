import { CommandHandler } from '#libs/bus';
import { allows, permissionsAt, type Reach, type TaskRunBody } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import type { CommandContext } from '#libs/ledger';
import { maskedEnd, maskKnown, SecretBox } from '#libs/secrets';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import {
  taskOfRun,
  type CancelTask,
  type EndTask,
  type ReleaseTask,
  type Holder,
  type StartTask,
  type WorkflowRunState,
} from '../domain';
import { toTaskBody } from '../read/run-body';
import { RunCommander } from './run-commander';

type Message<Type> = Type extends unknown ? Omit<Type, 'now' | 'taskId' | 'holder'> : never;

/** An agent's message about a task: it has started, ended, or must not go on. */
export class ReportTaskRun extends Command<TaskRunBody> {
  constructor(
    readonly reach: Reach,
    readonly taskRunId: string,
    readonly message: Message<StartTask | EndTask | CancelTask | ReleaseTask>,
    readonly holder: Holder,
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** The most characters of a status message, and the bytes to keep of the end of a longer one. */
const maxMessage = 4096;
const keptEnd = 3900;

/** Masks a longer message first and cuts it then: keeps its first sentence and its end. */
function withShortMessage(
  message: ReportTaskRun['message'],
  secrets: () => Iterable<string>,
): ReportTaskRun['message'] {
  if (message.type !== 'EndTask') return message;
  const text = message.statusMessage ?? '';
  // A message that an agent has already cut has more bytes than this, for any letters.
  if (text.length <= maxMessage && Buffer.byteLength(text) <= 2 * maxMessage) return message;
  const known = [...secrets()];
  const start = /^[^\n]{1,99}?\.(?= )/.exec(text)?.[0] ?? '';
  const end = maskedEnd(text, known, keptEnd).slice(-keptEnd).toWellFormed();
  return { ...message, statusMessage: `${maskKnown(start, known)} … ${end}`.trimStart() };
}

export function unknownTask(): RefusedError {
  return new RefusedError('TASKRUN_INVALID_REFERENCE', 'Invalid TaskRun reference has been provided.');
}

@CommandHandler(ReportTaskRun)
export class ReportTaskRunHandler implements ICommandHandler<ReportTaskRun> {
  constructor(
    private readonly runs: RunCommander,
    private readonly box: SecretBox,
  ) {}

  async execute({ reach, taskRunId, message: sent, holder, context }: ReportTaskRun): Promise<TaskRunBody> {
    const found = await this.runs.findTask(reach, taskRunId);
    if (!found) throw unknownTask();
    const { runId, place, task } = found;
    const message = withShortMessage(sent, () => this.box.secretsIn([task.params, task.spec]));
    const shape = (state: WorkflowRunState, now: number): TaskRunBody => {
      const task = taskOfRun(state, taskRunId);
      if (!task) throw unknownTask();
      return toTaskBody(state, task, now);
    };
    try {
      return await this.runs.execute(reach, runId, { ...message, taskId: taskRunId, holder }, context, shape);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (error.reason === 'WORKFLOWRUN_INVALID_REFERENCE') throw unknownTask();
      if (error.state === undefined) throw error;
      const mayRead = allows(permissionsAt(reach, place) ?? [], 'taskrun/read');
      const state = mayRead ? await this.runs.find(reach, runId) : null;
      throw new RefusedError(error.reason, error.message, state ? shape(state, this.runs.clock.now()) : undefined);
    }
  }
}
