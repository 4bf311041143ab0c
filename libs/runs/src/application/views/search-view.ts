import { LRUCache } from 'lru-cache';
import type { PoolClient } from 'pg';
import { beginning, idOfTask, type Json, type Plan, type RunResult, searchWords, textBounds } from '../../domain';
import type { RunPlans } from '../run-plans';
import { withoutSealed } from '../../read/shown';
import { readOutlines, type RunOutline } from './read-outlines';
import type { Landmark, RunView } from './run-view';

/** A result that a run is found by. */
interface FoundResult {
  readonly task: string;
  readonly name: string;
  readonly value: string;
}

/** By the place of a task in the plan: the names of its results that are searchable. */
type Searchable = ReadonlyMap<number, ReadonlySet<string>>;

/** A plan that marks results. */
interface Marked {
  readonly plan: Plan;
  readonly results: Searchable;
}

const plansRemembered = 1000;
/** Runs whose results are read at once: each may have as many bytes as a run may have. */
const runsAtOnce = 10;

/** The words of runs: `run_text`. A run that has ended has its message and its searchable results, too. */
export class SearchView implements RunView {
  readonly name = 'search';
  private readonly known = new LRUCache<string, Searchable>({ max: plansRemembered });

  constructor(private readonly plans: RunPlans) {}

  async handle(landmarks: readonly Landmark[], client: PoolClient): Promise<void> {
    const marks = landmarks.filter(({ kind }) => kind !== null);
    if (marks.length === 0) return;
    const outlines = await readOutlines(client, [...new Set(marks.map(({ runId }) => runId))]);
    // The last one of each run says the most.
    const last = new Map(marks.map((mark) => [mark.runId, mark]));
    const ended = [...last.values()].flatMap(({ kind, runId }) => (kind === 'ended' ? [runId] : []));
    const results = await this.resultsOf(client, ended, outlines);
    const rows = [...last.values()].flatMap((mark) => {
      const run = outlines.get(mark.runId);
      return run ? [rowOf(mark, run, results.get(run.id) ?? [])] : [];
    });
    await client.query({
      name: 'run_text_put',
      text: 'select run_text_put($1::uuid[], $2::uuid[], $3::uuid[], $4::jsonb[], $5::json[])',
      values: [
        rows.map(({ run }) => run.id),
        rows.map(({ run }) => run.teamId),
        rows.map(({ run }) => run.workflow.id),
        rows.map(({ words }) => JSON.stringify(words)),
        rows.map((row) => JSON.stringify(row.results)),
      ],
    });
  }

  private async resultsOf(
    client: PoolClient,
    runIds: readonly string[],
    outlines: ReadonlyMap<string, RunOutline>,
  ): Promise<ReadonlyMap<string, FoundResult[]>> {
    const found = new Map<string, FoundResult[]>();
    const searchable = await this.searchableOf(client, runIds);
    if (searchable.size === 0) return found;
    const all = [...searchable];
    for (let at = 0; at < all.length; at += runsAtOnce)
      await this.readResults(client, new Map(all.slice(at, at + runsAtOnce)), outlines, found);
    return found;
  }

  private async readResults(
    client: PoolClient,
    searchable: ReadonlyMap<string, Marked>,
    outlines: ReadonlyMap<string, RunOutline>,
    found: Map<string, FoundResult[]>,
  ): Promise<void> {
    const tasks = [...searchable].flatMap(([runId, { results }]) =>
      [...results.keys()].map((place) => ({ runId, place, id: idOfTask(runId, place) })),
    );
    const { rows } = await client.query<{ task: string; results: RunResult[] }>({
      name: 'searchable_results',
      text: `select distinct on (e.task) e.task, e.results
               from (select stream_version, data::jsonb ->> 'taskId' as task, data::jsonb -> 'results' as results
                       from event where stream_id = any($1::uuid[]) and type = 'TaskRunEnded') as e
              where e.results is not null and e.task = any($2::text[]) order by e.task, e.stream_version desc`,
      values: [[...searchable.keys()], tasks.map(({ id }) => id)],
    });
    const byTask = new Map(rows.map(({ task, results }) => [task, results]));
    for (const { runId, place, id } of tasks) {
      const { plan, results: wanted } = searchable.get(runId) ?? {};
      const shown = outlines.get(runId)?.shown;
      const given = byTask.get(id) ?? [];
      const own = given.flatMap(({ name, value }) =>
        value !== null && wanted?.get(place)?.has(name) && shown
          ? [{ task: plan?.[place]?.name ?? '', name, value: textOf(shown.value(value)) }]
          : [],
      );
      found.set(runId, [...(found.get(runId) ?? []), ...own].slice(0, textBounds.results));
    }
  }

  /** Of runs whose plans mark results as searchable. */
  private async searchableOf(client: PoolClient, runIds: readonly string[]): Promise<ReadonlyMap<string, Marked>> {
    if (runIds.length === 0) return new Map();
    const { rows } = await client.query<{ run: string; plan: string }>({
      name: 'plans_of_runs',
      text: `select stream_id as run, data::jsonb ->> 'plan' as plan
               from event where stream_id = any($1::uuid[]) and stream_version = 1 and data::jsonb ? 'plan'`,
      values: [runIds],
    });
    const wanted = new Set(rows.flatMap(({ plan }) => (this.known.get(plan)?.size === 0 ? [] : [plan])));
    const plans = new Map(await this.plans.read(client, wanted));
    // Alone there is room for it.
    for (const hash of [...wanted].filter((each) => !plans.has(each)))
      for (const [own, plan] of await this.plans.read(client, new Set([hash]))) plans.set(own, plan);
    for (const [hash, plan] of plans) this.known.set(hash, searchableIn(plan));
    return new Map(
      rows.flatMap(({ run, plan: hash }) => {
        const [plan, results] = [plans.get(hash), this.known.get(hash)];
        return plan && results && results.size > 0 ? [[run, { plan, results }]] : [];
      }),
    );
  }
}

function searchableIn(plan: Plan): Searchable {
  return new Map(
    plan.flatMap(({ results }, place) => {
      const names = results.flatMap(({ name, searchable }) => (searchable ? [name] : []));
      return names.length > 0 ? [[place, new Set(names)] as const] : [];
    }),
  );
}

function textOf(value: Json): string {
  return beginning(withoutSealed(typeof value === 'string' ? value : JSON.stringify(value)), textBounds.result);
}

function rowOf({ kind, labels }: Landmark, run: RunOutline, results: readonly FoundResult[]) {
  const isEnded = kind === 'ended';
  const { name, displayName } = run.workflow;
  const shownLabels = run.shown.value(kind === 'submitted' ? (labels ?? {}) : run.labels);
  const words = searchWords({
    labels: Object.fromEntries(
      Object.entries(shownLabels).map(([key, value]) => [withoutSealed(key), withoutSealed(value)]),
    ),
    texts: [
      ...[name, displayName],
      ...(isEnded && run.message !== null ? [run.message] : []),
      ...results.flatMap((result) => [result.name, result.value]),
    ],
  });
  return { run, words, results: isEnded ? results : [] };
}
