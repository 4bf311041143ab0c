import { CommandHandler } from '#libs/bus';
import { allows, type Claimed, permissionsAt, ReportTaskRun, type TaskReport, type TaskRunBody } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import { maskedEnd, maskKnown, SecretBox } from '#libs/secrets';
import { Tracing } from '#libs/tracing';
import type { ICommandHandler } from '@nestjs/cqrs';
import { type RunEvent, taskOfRun, type WorkflowRunState } from '../domain';
import { toTaskBody } from '../read/run-body';
import { claimedTask, newNonce } from './claimer';
import { RunCommander } from './run-commander';
import { RunNames } from './run-names';

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
    private readonly names: RunNames,
    private readonly tracing: Tracing,
  ) {}

  async execute({ reach, taskRunId, report, holder, context, next }: ReportTaskRun): Promise<ReportTaskRun['answer']> {
    // Masking a message needs the task as it was given out. The append checks everything else.
    const found =
      isLong(report) || (next && isLong(next))
        ? await this.runs.findTask(reach, taskRunId)
        : await this.runs.lastKnownTask(reach, taskRunId);
    if (!found) throw unknownTask();
    const { runId, place, task } = found;
    const commandOf = (each: TaskReport) => {
      const message = isLong(each) ? withShortMessage(each, this.box.secretsIn([task.params, task.spec])) : each;
      return { ...commandOfReport(message), taskId: taskRunId, holder };
    };
    const shape = (state: WorkflowRunState, now: number): TaskRunBody => {
      const task = taskOfRun(state, taskRunId);
      if (!task) throw unknownTask();
      return toTaskBody(state, task, now);
    };
    const taken: Taken[] = [];
    const see = (state: WorkflowRunState, events: readonly RunEvent[], now: number): TaskRunBody => {
      for (const { type, data } of events)
        if (type === 'TaskRunClaimed') taken.push({ state, taskId: data.taskId, now });
      return shape(state, now);
    };
    const carryOut = (): Promise<TaskRunBody> => {
      if (next === null) {
        const command = commandOf(report);
        return this.runs.execute(reach, runId, command, context, (state, now, events) => see(state, events, now));
      }
      const both = [report, next].map((each) => ({ runId, command: commandOf(each) }));
      return this.runs.executeAll(reach, both, context, (effects) => {
        const { state, events } = effects.reduce((_, last) => last);
        return see(state, events, this.runs.clock.now());
      });
    };
    try {
      const task = await carryOut();
      return { task, claimed: await this.shown(taken) };
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

  /** As a poll gives them out. */
  private async shown(taken: readonly Taken[]): Promise<Claimed<TaskRunBody>[]> {
    const first = taken[0];
    if (!first) return [];
    const names = await this.names.ofTeam(first.state);
    return taken.flatMap(({ state, taskId, now }) => {
      const task = taskOfRun(state, taskId);
      return task ? [claimedTask(state, task, now, { reveal: this.box, names }, this.tracing)] : [];
    });
  }
}

/** A task that the agent has got with its report. */
interface Taken {
  readonly state: WorkflowRunState;
  readonly taskId: string;
  readonly now: number;
}

/** A report as a command: the claims that it asks for get the random part of their fences here. */
function commandOfReport(report: TaskReport) {
  if (report.type !== 'EndTask') return report;
  const { claims, ...end } = report;
  if (!claims) return end;
  const { agent, types, limit, maxBytes } = claims;
  const nonces = Array.from({ length: limit }, newNonce);
  return { ...end, claims: { agentId: agent.id, tokenId: agent.tokenId, types, nonces, maxBytes } };
}
