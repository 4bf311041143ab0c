import { CommandHandler } from '#libs/bus';
import { type Reach, ReportTaskRun, type TaskReport } from '#libs/contracts';
import type { CommandContext, Holder } from '#libs/kernel';
import { Command, CommandBus, type ICommandHandler } from '@nestjs/cqrs';
import { AcknowledgeStop } from './acknowledge-stop.handler';

export interface ReportOfTask {
  readonly taskRunId: string;
  /** @throws RefusedError for a report that is wrong in itself. */
  readonly report: () => TaskReport;
  readonly holder: Holder;
}

/** What became of a report: null where it was accepted, else what it failed with. */
export type ReportFailure = { readonly error: unknown } | null;

/** An agent's reports about several tasks. */
export class ReportTaskRuns extends Command<ReportFailure[]> {
  constructor(
    readonly reach: Reach,
    readonly reports: readonly ReportOfTask[],
    readonly context: CommandContext,
  ) {
    super();
  }
}

/**
 * Each report is accepted or refused by itself. Those about different tasks are decided together, and so share a commit; those about one
 * task follow each other in their order.
 */
@CommandHandler(ReportTaskRuns)
export class ReportTaskRunsHandler implements ICommandHandler<ReportTaskRuns> {
  constructor(private readonly commands: CommandBus) {}

  async execute({ reach, reports, context }: ReportTaskRuns): Promise<ReportFailure[]> {
    const last = new Map<string, Promise<unknown>>();
    const answers = reports.map((each, place) => {
      const before = last.get(each.taskRunId);
      const own = { ...context, ...(context.receipt && { receipt: keyOf(context.receipt, place) }) };
      const answer = before ? before.then(() => this.report(reach, each, own)) : this.report(reach, each, own);
      last.set(each.taskRunId, answer);
      return answer;
    });
    return Promise.all(answers);
  }

  private async report(
    reach: Reach,
    { taskRunId, report, holder }: ReportOfTask,
    context: CommandContext,
  ): Promise<ReportFailure> {
    try {
      const message = report();
      await this.commands.execute(new ReportTaskRun(reach, taskRunId, message, holder, context));
      if (message.type === 'CancelTask') await this.commands.execute(new AcknowledgeStop(reach, taskRunId));
      return null;
    } catch (error) {
      return { error };
    }
  }
}

/** Each report has a receipt of its own under the request's key. */
function keyOf(receipt: NonNullable<CommandContext['receipt']>, place: number): NonNullable<CommandContext['receipt']> {
  return { ...receipt, key: `${receipt.key} ${place}` };
}
