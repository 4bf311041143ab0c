import type { RecordedEvent } from '#libs/ledger';
import type { Standing, WorkflowRunState } from '../../domain';
import type { RunFilters } from '../../read/run-filters';

/** What a stream is about: the runs of teams (null: of every team), or one run. */
export type LiveScope =
  | { readonly kind: 'teams'; readonly teamIds: readonly string[] | null }
  | { readonly kind: 'run'; readonly teamId: string; readonly runId: string };

/** Which events of its scope a stream has. */
export interface LiveFilter {
  /** The only workflow that the reader may see. */
  readonly workflowId?: string;
  /** Those of runs that match, as a search has it. */
  readonly runs?: RunFilters;
  /** Absent: every type. */
  readonly types?: readonly string[];
  /** Whole actors, or the part after the colon; absent: everybody. */
  readonly actors?: readonly string[];
  /** Only what concerns a decision of a person. */
  readonly onlyActions?: boolean;
}

/** An event, and what filters need of its run. */
export interface FilteredEvent {
  readonly event: RecordedEvent;
  /** As it is now, or was a moment ago. */
  readonly run: WorkflowRunState;
  /** Where the run stood before the event, and after it; known where a filter asks for it. */
  readonly before: Standing | null;
  readonly after: Standing | null;
}

export function asksForStanding({ runs }: LiveFilter): boolean {
  return runs?.statuses !== undefined || runs?.phases !== undefined;
}

/** Whether the filter passes the event. Where it asks for a status or phase, so do the events with which runs come to it and leave it. */
export function passes(filter: LiveFilter, filtered: FilteredEvent): boolean {
  const { event, run, before, after } = filtered;
  const { actor } = event.metadata;
  if (filter.workflowId !== undefined && run.workflow.id !== filter.workflowId) return false;
  if (filter.types && !filter.types.includes(event.type)) return false;
  if (filter.actors && !isAmong(filter.actors, actor)) return false;
  if (filter.onlyActions && !isOfAction(event, run)) return false;
  const { runs } = filter;
  if (!runs) return true;
  return isFixedAs(runs, run) && (!asksForStanding(filter) || standsAs(runs, before) || standsAs(runs, after));
}

function isAmong(actors: readonly string[], actor: string): boolean {
  return actors.includes(actor) || actors.includes(actor.slice(actor.indexOf(':') + 1));
}

/** Whether somebody is asked for a decision, decides, or the task that asks for it ends. */
function isOfAction({ type, data }: RecordedEvent, run: WorkflowRunState): boolean {
  const { taskId, for: wait } = data as { readonly taskId?: string; readonly for?: { readonly kind: string } };
  if (type === 'ActionDecided') return true;
  if (type === 'TaskRunWaiting') return wait?.kind === 'action';
  return type === 'TaskRunEnded' && run.tasks.some(({ id, action }) => id === taskId && action !== null);
}

function isFixedAs(filters: RunFilters, run: WorkflowRunState): boolean {
  const { labels, triggers, workflows, runs, fromDate, toDate } = filters;
  return (
    (!labels || Object.entries(labels).every(([name, value]) => run.labels[name] === value)) &&
    (!triggers || triggers.includes(run.trigger)) &&
    (!workflows || workflows.includes(run.workflow.id)) &&
    (!runs || runs.includes(run.id)) &&
    (fromDate === undefined || run.creationDate >= fromDate) &&
    (toDate === undefined || run.creationDate < toDate)
  );
}

function standsAs({ statuses, phases }: RunFilters, standing: Standing | null): boolean {
  return (
    standing !== null &&
    (!statuses || statuses.includes(standing.status)) &&
    (!phases || phases.includes(standing.phase))
  );
}
