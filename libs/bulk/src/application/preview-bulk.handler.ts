import { CommandHandler } from '#libs/bus';
import {
  type BulkPreviewBody,
  type BulkRequest,
  maxRunsOfBulk,
  type ReachInTeam,
  type SelectedRun,
  type SelectedRuns,
  SelectRuns,
} from '#libs/contracts';
import { Command, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { selectionOf } from './bulk-request';

/** Runs that a preview shows. */
const sampleSize = 10;

/** What would come of a bulk job; changes nothing. */
export class PreviewBulk extends Command<BulkPreviewBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly request: BulkRequest,
  ) {
    super();
  }
}

@CommandHandler(PreviewBulk)
export class PreviewBulkHandler implements ICommandHandler<PreviewBulk> {
  constructor(private readonly queries: QueryBus) {}

  async execute({ reach, request }: PreviewBulk): Promise<BulkPreviewBody> {
    const { action, from } = request;
    const select = new SelectRuns(reach, action, selectionOf(request), maxRunsOfBulk, sampleSize);
    const { position, runs, sample } = await this.queries.execute<SelectRuns, SelectedRuns>(select);
    const outcomes = { done: 0, unchanged: 0, refused: 0 };
    for (const { outcome } of runs) outcomes[outcome]++;
    const known = new Map(runs.slice(0, sampleSize).map((run) => [run.id, run]));
    return {
      dryRun: true,
      action,
      ...(from !== undefined && { from }),
      position,
      runs: runs.length,
      outcomes,
      refusals: refusalsOf(runs),
      sample: sample.map(({ id, workflowName = '', workflowDisplayName = '', status, phase, creationDate }) => {
        const { outcome = 'refused', refusal } = known.get(id) ?? {};
        const message = refusal && { message: refusal.message };
        return { id, workflowName, workflowDisplayName, status, phase, creationDate, outcome, ...message };
      }),
    };
  }
}

/** Most frequent first. */
function refusalsOf(runs: readonly SelectedRun[]): BulkPreviewBody['refusals'] {
  const counts = new Map<string, BulkPreviewBody['refusals'][number]>();
  for (const { refusal } of runs) {
    if (!refusal) continue;
    const { runs: known = 0 } = counts.get(refusal.message) ?? {};
    counts.set(refusal.message, { ...refusal, runs: known + 1 });
  }
  return [...counts.values()].sort((one, other) => other.runs - one.runs);
}
