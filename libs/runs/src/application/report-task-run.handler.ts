import { CommandHandler } from '#libs/bus';
import { allows, permissionsAt, ReportTaskRun, type TaskReport, type TaskRunBody } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import { maskedEnd, maskKnown, SecretBox } from '#libs/secrets';
import type { ICommandHandler } from '@nestjs/cqrs';
import { taskOfRun, type WorkflowRunState } from '../domain';
import { toTaskBody } from '../read/run-body';
import { RunCommander } from './run-commander';

/** Characters of a status message that are kept, and bytes of the end of a longer one. */
const maxMessage = 4096;
const keptEnd = 3900;

/** A longer message is masked first and cut then: what it begins with, as far as its first sentence goes, and its end. */
function withShortMessage(message: LongEnd, secrets: Iterable<string>): TaskReport {
  const text = message.statusMessage;
  const known = [...secrets];
  const start = /^[^\n]{1,99}?\.(?= )/.exec(text)?.[0] ?? '';
  const end = maskedEnd(text, known, keptEnd).slice(-keptEnd).toWellFormed();
  return { ...message, statusMessage: `${maskKnown(start, known)} … ${end}`.trimStart() };
}

type LongEnd = Extract<TaskReport, { readonly type: 'EndTask' }> & { readonly statusMessage: string };

/** A message that an agent has already cut has more bytes than twice the bound, for any letters. */
function isLong(report: TaskReport): report is LongEnd {
  const text = report.type === 'EndTask' ? (report.statusMessage ?? '') : '';
  return text.length > maxMessage || Buffer.byteLength(text) > 2 * maxMessage;
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

  async execute({ reach, taskRunId, report, holder, context, next }: ReportTaskRun): Promise<TaskRunBody> {
    // Masking a message needs the task as it was given out. The append checks everything else.
    const found =
      isLong(report) || (next && isLong(next))
        ? await this.runs.findTask(reach, taskRunId)
        : await this.runs.lastKnownTask(reach, taskRunId);
    if (!found) throw unknownTask();
    const { runId, place, task } = found;
    const commandOf = (each: TaskReport) => {
      const message = isLong(each) ? withShortMessage(each, this.box.secretsIn([task.params, task.spec])) : each;
      return { ...message, taskId: taskRunId, holder };
    };
    const shape = (state: WorkflowRunState, now: number): TaskRunBody => {
      const task = taskOfRun(state, taskRunId);
      if (!task) throw unknownTask();
      return toTaskBody(state, task, now);
    };
    try {
      if (next === null) return await this.runs.execute(reach, runId, commandOf(report), context, shape);
      const both = [report, next].map((each) => ({ runId, command: commandOf(each) }));
      return await this.runs.executeAll(reach, both, context, (states) =>
        shape(
          states.reduce((_, last) => last),
          this.runs.clock.now(),
        ),
      );
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (error.reason === 'WORKFLOWRUN_INVALID_REFERENCE') throw unknownTask();
      if (error.state === undefined) throw error.within(place.teamId);
      const mayRead = allows(permissionsAt(reach, place) ?? [], 'taskrun/read');
      const state = mayRead ? await this.runs.find(reach, runId) : null;
      const shown = state ? shape(state, this.runs.clock.now()) : undefined;
      throw new RefusedError(error.reason, error.message, shown).within(place.teamId);
    }
  }
}
