import { QueryHandler } from '#libs/bus';
import { FindWorkflowIds, type RunFiltersBody, type SelectedRun, type SelectedRuns, SelectRuns } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import { type IQueryHandler, QueryBus } from '@nestjs/cqrs';
import { Pool } from 'pg';
import { outlookOf } from '../domain';
import { loadRunSummaries } from '../read/load-run-summaries';
import { toRunBody } from '../read/run-body';
import { countRuns } from '../read/search-runs';
import { selectRuns } from '../read/run-selection';
import { selectStandings } from '../read/select-standings';
import { LabelInterest } from './label-interest';
import { namedIn } from './named-in-run';
import { unknownRun } from './run-category';
import { RunCommander } from './run-commander';
import { RunNames } from './run-names';
import { resolveFilters, type RunSearch } from './run-search';

@QueryHandler(SelectRuns)
export class SelectRunsHandler implements IQueryHandler<SelectRuns> {
  constructor(
    private readonly pool: Pool,
    private readonly queries: QueryBus,
    private readonly commander: RunCommander,
    private readonly names: RunNames,
    private readonly interest: LabelInterest,
  ) {}

  async execute({ reach, action, selection, most, sample }: SelectRuns): Promise<SelectedRuns> {
    const named = 'runs' in selection ? [...new Set(selection.runs)] : null;
    if ('filters' in selection) await this.refuseUnknown(reach, selection.filters.workflows ?? []);
    const search = 'runs' in selection ? { runs: selection.runs } : searchOf(selection.filters);
    const filters = await resolveFilters(this.queries, reach, search);
    const selected = await selectRuns(this.pool, reach, filters, this.interest.note);
    // The counters know of most filters how many runs fit, without reading any.
    const total = await countRuns(selected);
    if (total !== null && total > most) refuseBeyond(most, `${total}`);
    const { position, standings } = await selectStandings(selected, most + 1);
    if (standings.length > most) refuseBeyond(most, `more than ${most}`);
    const found = new Map(
      standings.map(({ id, ...standing }): [string, SelectedRun] => [
        id,
        { id, standing, ...outlookOf(action, standing) },
      ]),
    );
    const runs = named ? named.map((id) => found.get(id) ?? missing(id)) : [...found.values()];
    return { position, runs, sample: await this.bodies(reach, runs.slice(0, sample)) };
  }

  /** A name that is none must not make the others all that is meant. */
  private async refuseUnknown(reach: SelectRuns['reach'], workflows: readonly string[]): Promise<void> {
    for (const workflow of new Set(workflows)) {
      const found = await this.queries.execute<FindWorkflowIds, string[] | undefined>(
        new FindWorkflowIds(reach, [workflow]),
      );
      if (found?.length === 0) {
        throw new RefusedError(
          'QUERY_INVALID_FILTERS',
          `filters.workflows: there is no workflow ${workflow.slice(0, 100)} that you can access. Send its name or its id.`,
        );
      }
    }
  }

  private async bodies(reach: SelectRuns['reach'], runs: readonly SelectedRun[]): Promise<SelectedRuns['sample']> {
    const ids = runs.flatMap(({ id, standing }) => (standing ? [id] : []));
    const summaries = await loadRunSummaries(this.pool, ids);
    const names = await this.names.of(reach, summaries.map(namedIn));
    const now = this.commander.clock.now();
    return summaries.map((state) => toRunBody(state, now, { names }));
  }
}

function refuseBeyond(most: number, total: string): never {
  throw new RefusedError(
    'QUERY_INVALID_FILTERS',
    `filters: ${total} runs fit, and one bulk job takes at most ${most}. Choose narrower filters, such as fromDate and toDate.`,
  );
}

function missing(id: string): SelectedRun {
  const { reason, message } = unknownRun();
  return { id, standing: null, outcome: 'refused', refusal: { reason, message } };
}

/** The filters of a body as those of the query. */
function searchOf({ phase, workflowruns, ...same }: RunFiltersBody): RunSearch {
  return { ...same, ...(phase && { phases: phase }), ...(workflowruns && { runs: workflowruns }) };
}
