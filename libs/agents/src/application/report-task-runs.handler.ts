import { CommandHandler } from '#libs/bus';
import {
  type Claimed,
  type NextTasks,
  type Reach,
  ReportTaskRun,
  type TaskReport,
  type TaskRunBody,
} from '#libs/contracts';
import { type CommandContext, type Holder, RefusedError } from '#libs/kernel';
import { Command, CommandBus, type ICommandHandler } from '@nestjs/cqrs';
import { AcknowledgeStop } from './acknowledge-stop.handler';
import { maxPollBytes } from './bounds';

export interface ReportOfTask {
  readonly taskRunId: string;
  /** @throws RefusedError for a report that is wrong in itself. */
  readonly report: () => TaskReport;
  readonly holder: Holder;
}

/** What became of a report: what it failed with, or what the agent has claimed with it. */
export type ReportOutcome = { readonly error: unknown } | { readonly claimed: readonly Claimed<TaskRunBody>[] };

/** An agent's reports about several tasks. */
export class ReportTaskRuns extends Command<ReportOutcome[]> {
  constructor(
    readonly reach: Reach,
    readonly reports: readonly ReportOfTask[],
    readonly context: CommandContext,
    /** What the agent takes of what these reports make ready: so many tasks in all. */
    readonly next: Omit<NextTasks, 'maxBytes'> | null = null,
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

  async execute({ reach, reports, context, next }: ReportTaskRuns): Promise<ReportOutcome[]> {
    const outcomes: ReportOutcome[] = reports.map(() => nothingClaimed);
    const tasks = new Map<string, Placed[]>();
    for (const [place, report] of reports.entries()) {
      const own = tasks.get(report.taskRunId) ?? [];
      own.push({ ...report, place });
      tasks.set(report.taskRunId, own);
    }
    const claims = next && !context.receipt ? shares(next, tasks.size) : [];
    const reportAll = async (own: readonly Placed[], index: number): Promise<void> => {
      const asked = own.map((each) => ({ ...each, report: () => withClaims(each.report(), claims[index]) }));
      const [first, second, ...others] = asked;
      if (first && second && others.length === 0) {
        const outcome = await this.reportBoth(reach, first, second, context);
        if (outcome !== 'apart') {
          outcomes[first.place] = 'error' in outcome ? outcome : nothingClaimed;
          outcomes[second.place] = outcome;
          return;
        }
      }
      for (const each of asked) outcomes[each.place] = await this.report(reach, each, context);
    };
    await Promise.all([...tasks.values()].map(reportAll));
    return outcomes;
  }

  /** What became of both together; `apart` where they are no start and its end, or one of them is refused: then each gets its own answer. */
  private async reportBoth(
    reach: Reach,
    first: Placed,
    second: Placed,
    context: CommandContext,
  ): Promise<ReportOutcome | 'apart'> {
    const { taskRunId, holder } = first;
    if (holder.fence !== second.holder.fence) return 'apart';
    const together = contextOf(context, `${first.place}+${second.place}`);
    try {
      const [start, end] = [first.report(), second.report()];
      if (start.type !== 'StartTask' || end.type !== 'EndTask') return 'apart';
      return await this.send(new ReportTaskRun(reach, taskRunId, start, holder, together, end));
    } catch (error) {
      return error instanceof RefusedError && error.status < 500 ? 'apart' : { error };
    }
  }

  private async report(reach: Reach, each: Placed, context: CommandContext): Promise<ReportOutcome> {
    const { taskRunId, report, holder, place } = each;
    try {
      const message = report();
      const outcome = await this.send(
        new ReportTaskRun(reach, taskRunId, message, holder, contextOf(context, String(place))),
      );
      if (message.type === 'CancelTask') await this.commands.execute(new AcknowledgeStop(reach, taskRunId));
      return outcome;
    } catch (error) {
      return { error };
    }
  }

  private async send(message: ReportTaskRun): Promise<ReportOutcome> {
    const { claimed } = await this.commands.execute<ReportTaskRun, ReportTaskRun['answer']>(message);
    return { claimed };
  }
}

const nothingClaimed = { claimed: [] };

/** One share of the claims for each task: about as many for each as for the others, and as many bytes, for all of them no more than a poll gives. */
function shares(next: Omit<NextTasks, 'maxBytes'>, tasks: number): NextTasks[] {
  const takers = Math.min(next.limit, tasks);
  const maxBytes = Math.floor(maxPollBytes / takers);
  return Array.from({ length: takers }, (_, index) => ({
    ...next,
    limit: Math.ceil((next.limit - index) / takers),
    maxBytes,
  }));
}

function withClaims(report: TaskReport, claims: NextTasks | undefined): TaskReport {
  return report.type === 'EndTask' && claims ? { ...report, claims } : report;
}

/** A report, and its place in the request. */
interface Placed extends ReportOfTask {
  readonly place: number;
}

/** Each report has a receipt of its own under the request's key. */
function contextOf({ receipt, ...context }: CommandContext, place: string): CommandContext {
  return { ...context, ...(receipt && { receipt: { ...receipt, key: `${receipt.key} ${place}` } }) };
}
