import { CommandHandler } from '#libs/bus';
import { type Reach, ReportTaskRun, type TaskReport } from '#libs/contracts';
import { type CommandContext, type Holder, RefusedError } from '#libs/kernel';
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
 * task follow each other in their order. A start and the end after it share a commit too, as long as neither is refused.
 */
@CommandHandler(ReportTaskRuns)
export class ReportTaskRunsHandler implements ICommandHandler<ReportTaskRuns> {
  constructor(private readonly commands: CommandBus) {}

  async execute({ reach, reports, context }: ReportTaskRuns): Promise<ReportFailure[]> {
    const failures: ReportFailure[] = reports.map(() => null);
    const tasks = new Map<string, Placed[]>();
    for (const [place, report] of reports.entries()) {
      const own = tasks.get(report.taskRunId) ?? [];
      own.push({ ...report, place });
      tasks.set(report.taskRunId, own);
    }
    const reportAll = async (own: readonly Placed[]): Promise<void> => {
      const [first, second, ...others] = own;
      if (first && second && others.length === 0) {
        const failure = await this.reportBoth(reach, first, second, context);
        if (failure !== 'apart') {
          failures[first.place] = failures[second.place] = failure;
          return;
        }
      }
      for (const each of own) failures[each.place] = await this.report(reach, each, context);
    };
    await Promise.all([...tasks.values()].map(reportAll));
    return failures;
  }

  /** What became of both together; `apart` where they are no start and its end, or one of them is refused: then each gets its own answer. */
  private async reportBoth(
    reach: Reach,
    first: Placed,
    second: Placed,
    context: CommandContext,
  ): Promise<ReportFailure | 'apart'> {
    const { taskRunId, holder } = first;
    if (holder.fence !== second.holder.fence) return 'apart';
    const together = contextOf(context, `${first.place}+${second.place}`);
    try {
      const [start, end] = [first.report(), second.report()];
      if (start.type !== 'StartTask' || end.type !== 'EndTask') return 'apart';
      await this.commands.execute(new ReportTaskRun(reach, taskRunId, start, holder, together, end));
      return null;
    } catch (error) {
      return error instanceof RefusedError && error.status < 500 ? 'apart' : { error };
    }
  }

  private async report(reach: Reach, each: Placed, context: CommandContext): Promise<ReportFailure> {
    const { taskRunId, report, holder, place } = each;
    try {
      const message = report();
      await this.commands.execute(
        new ReportTaskRun(reach, taskRunId, message, holder, contextOf(context, String(place))),
      );
      if (message.type === 'CancelTask') await this.commands.execute(new AcknowledgeStop(reach, taskRunId));
      return null;
    } catch (error) {
      return { error };
    }
  }
}

/** A report, and its place in the request. */
interface Placed extends ReportOfTask {
  readonly place: number;
}

/** Each report has a receipt of its own under the request's key. */
function contextOf({ receipt, ...context }: CommandContext, place: string): CommandContext {
  return { ...context, ...(receipt && { receipt: { ...receipt, key: `${receipt.key} ${place}` } }) };
}
