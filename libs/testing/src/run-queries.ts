import { seededLabels, seededWorkflow } from './seed-runs';

/** One filter, or two, of a search or count among seeded runs. */
export interface RunQuery {
  /** What it asks for: `statuses=failed`, or `statuses=failed triggers=task (rare)`. */
  readonly name: string;
  /** Names of its parameters. */
  readonly parameters: readonly string[];
  /** As it stands in a URL; empty: everything. */
  readonly query: string;
}

interface Filter {
  readonly parameter: string;
  readonly value: string;
  readonly name: string;
}

const day = 86_400_000;
/** Parameters of the count; the search has all. */
const counted = new Set(['labels', 'workflows', 'fromDate', 'toDate']);

/** Everything, every documented filter of the search alone, and all pairs of them: with a value that is common, and one that is rare. */
export function runQueries(team: string, until: number, runs: readonly string[]): RunQuery[] {
  const labels = Object.entries(seededLabels).map(([share, label]) => {
    const value = Object.entries(label).map(([key, text]) => `${key}%3D${text}`);
    return { parameter: 'labels', value: value.join(), name: `a label (${share})` };
  });
  const filters: readonly Filter[] = [
    ...labels,
    { parameter: 'statuses', value: 'failed', name: 'statuses=failed' },
    { parameter: 'statuses', value: 'running,waiting', name: 'statuses=running,waiting (rare)' },
    { parameter: 'phase', value: 'finalized', name: 'phase=finalized' },
    { parameter: 'phase', value: 'completed', name: 'phase=completed (rare)' },
    { parameter: 'triggers', value: 'manual', name: 'triggers=manual' },
    { parameter: 'triggers', value: 'task', name: 'triggers=task (rare)' },
    { parameter: 'workflows', value: seededWorkflow(team, 1), name: 'workflows=first' },
    { parameter: 'workflows', value: seededWorkflow(team, 20), name: 'workflows=twentieth (rare)' },
    { parameter: 'workflowruns', value: runs.join(), name: `workflowruns=${runs.length} ids` },
    { parameter: 'fromDate', value: String(until - 30 * day - 1234), name: 'fromDate=a month ago' },
    { parameter: 'toDate', value: String(until - 200 * day - 1234), name: 'toDate=200 days ago' },
  ];
  const pairs = filters.flatMap((one, index) =>
    filters.slice(index + 1).flatMap((other) => (one.parameter === other.parameter ? [] : [[one, other]])),
  );
  return [[], ...filters.map((filter) => [filter]), ...pairs].map((all) => ({
    name: all.map(({ name }) => name).join(' ') || 'all',
    parameters: all.map(({ parameter }) => parameter),
    query: all.map(({ parameter, value }) => `${parameter}=${value}`).join('&'),
  }));
}

/** Whether the count knows all of its filters. */
export function isCounted({ parameters }: RunQuery): boolean {
  return parameters.every((parameter) => counted.has(parameter));
}
