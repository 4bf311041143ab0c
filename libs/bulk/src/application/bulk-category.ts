import { bulkDays, maxBulksAtWork } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import { type Guard, loadFolded, noItem, type StreamCategory, type StreamChange, type ViewUpdate } from '#libs/ledger';
import { type BulkCommand, bulkDecider, type BulkEvent, type BulkState, type Outcome } from '../domain';

/** The next runs of a job are due. */
export const stepTimer = 'bulk-step';
/** A job has been shown for long enough. */
export const forgetTimer = 'bulk-forget';

const day = 86_400_000;

export const bulkCategory: StreamCategory<BulkState, BulkCommand, BulkEvent> = {
  name: 'bulk',
  decider: bulkDecider,
  load: loadFolded(bulkDecider, 'BulkCreated'),
  teamOf: ({ teamId }) => teamId,
  guards: (command, events) => (command.type === 'CreateBulk' && events.length > 0 ? [atWork(command)] : []),
  project: (changes) => {
    const shown = changes.filter(({ after }) => !after.isForgotten);
    return [
      { sqlFunction: 'bulk_apply', rows: shown.map(jobRow) },
      { sqlFunction: 'bulk_run_apply', rows: shown.flatMap(runRows) },
      {
        sqlFunction: 'bulk_forget',
        rows: changes.filter(({ after }) => after.isForgotten).map(({ streamId: id }) => ({ id })),
      },
      { sqlFunction: 'timer_apply', rows: changes.flatMap(timerRows) },
    ] satisfies ViewUpdate[];
  },
};

type BulkChange = StreamChange<BulkState, BulkEvent>;

/** What a list shows of a job: its runs have rows of their own. */
export type ShownState = Omit<BulkState, 'runs'> & { readonly size: number };

function jobRow({ streamId: id, after, version }: BulkChange) {
  const { runs, ...rest } = after;
  const state: ShownState = { ...rest, size: runs.length };
  return { id, team_id: after.teamId, workflow_id: after.workflowId, status: after.status, version, state };
}

/** The runs that were chosen and those that have got their outcome, each once. */
function runRows({ streamId, before, after, events }: BulkChange) {
  const places = new Map<number, Outcome | null>();
  for (let place = before?.runs.length ?? 0; place < after.runs.length; place++) places.set(place, null);
  let place = before?.done ?? 0;
  for (const event of events) {
    for (const outcome of event.type === 'BulkProgressed' ? event.data.outcomes : []) places.set(place++, outcome);
  }
  return [...places].map(([at, outcome]) => ({
    bulk_id: streamId,
    place: at,
    run_id: after.runs[at],
    outcome: outcome?.outcome ?? 'pending',
    reason: outcome?.reason ?? null,
    message: outcome?.message ?? null,
    retry_id: outcome?.retryId ?? null,
  }));
}

function timerRows({ streamId, before, after }: BulkChange) {
  const rows = [
    { kind: stepTimer, was: before && stepDue(before), is: stepDue(after) },
    { kind: forgetTimer, was: before && forgetDue(before), is: forgetDue(after) },
  ];
  return rows.flatMap(({ kind, was, is }) =>
    was === is ? [] : [{ stream_id: streamId, kind, item_id: noItem, due: is }],
  );
}

function stepDue({ status, due }: BulkState): number | null {
  return status === 'running' ? due : null;
}

function forgetDue({ endDate, isForgotten }: BulkState): number | null {
  return endDate === null || isForgotten ? null : endDate + bulkDays * day;
}

function atWork({ order }: { readonly order: { readonly teamId: string } }): Guard {
  const refuse = (used: number) =>
    new RefusedError(
      'QUOTA_EXCEEDED',
      `The team has ${used} bulk jobs at work: at most ${maxBulksAtWork} at once. Wait for the end of one, or cancel one.`,
    );
  return { sqlFunction: 'bulks_at_work', key: order.teamId, adds: 1, limit: maxBulksAtWork, refuse };
}
