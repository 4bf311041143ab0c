import type { WorkflowRunBody } from '#libs/contracts';
import { useState } from 'react';
import { serverNow } from '../../api/client';
import { useLive } from '../../api/live';
import type { PageOf } from '../../api/page-of';
import { runsPath } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { useKeys } from '../../frame/keys';
import type { PageProps } from '../../page-props';
import { Curl } from '../../parts/curl';
import { useDialog } from '../../parts/dialog';
import { Loaded, State } from '../../parts/states';
import { Link, navigate, useSearch } from '../../router';
import { useMay } from '../../session/session';
import { type BulkAction, type BulkChoice, BulkDialog } from './bulk-dialog';
import { FilterBar } from './filter-bar';
import { asList, countPath, isFiltered, listFilters, listPath, pageSize, useFilters } from './filters';
import { filtersUntil } from './filters-body';
import { RunBars } from './run-bars';
import { RunTable } from './run-table';
import { SavedViews } from './saved-views';
import { StatusTiles } from './status-tiles';
import './runs.css';

interface RunCount {
  readonly status: Readonly<Record<string, number>>;
}

/** The runs of a team. Rows change in place; runs that come later wait behind a button, so that nothing moves. */
export function RunsPage({ team }: PageProps) {
  const [filters, setFilters] = useFilters();
  const [, setSearch] = useSearch();
  const may = useMay(team);
  // The server's clock is known to a second.
  const [upTo, setUpTo] = useState(() => serverNow() + 2000);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [isEvery, setEvery] = useState(false);
  const [work, setWork] = useState<{ readonly action: BulkAction; readonly choice: BulkChoice }>();
  const bulk = useDialog();
  const until = Math.min(filters.toDate ?? upTo, upTo);
  const shownPath = listPath(team, filters, { to: until });
  const list = useApi<PageOf<WorkflowRunBody>>(shownPath);
  const count = useApi<RunCount>(countPath(team, filters));
  const isOpenEnded = filters.toDate === null;
  const later = useApi<PageOf<WorkflowRunBody>>(isOpenEnded ? listPath(team, filters, { from: upTo, limit: 1 }) : null);
  useLive(`${runsPath(team)}/events`, [`${runsPath(team)}/query`, `${runsPath(team)}/count`]);
  const news = isOpenEnded ? (later.data?.totalElements ?? 0) : 0;
  const showNews = (): void => setUpTo(serverNow() + 2000);
  const total = list.data?.totalElements ?? 0;
  const lastPage = Math.max(0, Math.ceil(total / pageSize) - 1);
  const turn = (page: number): void => setSearch({ page: page <= 0 ? null : String(Math.min(page, lastPage)) });
  const newRun = `/team/${encodeURIComponent(team)}/runs/new`;
  const shown = list.data?.content ?? [];
  const isWholePage = shown.length > 0 && shown.every(({ id }) => chosen.has(id));
  // Filters that have changed mean other runs.
  const [filtersOfEvery, setFiltersOfEvery] = useState(filters);
  const hasEvery = isEvery && filtersOfEvery === filters;
  const open = (action: BulkAction): void => {
    setWork({ action, choice: hasEvery ? { filters: filtersUntil(filters, until) } : { runs: [...chosen] } });
    bulk.open();
  };
  const choose = (ids: ReadonlySet<string>): void => {
    setEvery(false);
    setChosen(ids);
  };
  useKeys([
    { keys: 'c', does: 'New run', run: () => may('workflow/action') && navigate(newRun) },
    { keys: '.', does: 'Show new runs', run: showNews },
    { keys: ']', does: 'Next page', run: () => turn(filters.page + 1) },
    { keys: '[', does: 'Previous page', run: () => turn(filters.page - 1) },
  ]);
  return (
    <div className="stack">
      <div className="line spread">
        <h1>Runs</h1>
        <div className="line tight">
          <Curl requests={[{ path: listPath(team, filters) }, { path: countPath(team, filters) }]} />
          <Link to={`/team/${encodeURIComponent(team)}/runs/bulk`} className="button plain">
            Bulk jobs
          </Link>
          {may('workflow/action') && (
            <Link to={newRun} className="button main">
              New run
            </Link>
          )}
        </div>
      </div>
      <SavedViews team={team} filters={filters} />
      <StatusTiles
        counts={count.data?.status}
        chosen={filters.statuses}
        onChange={(statuses) => setFilters({ statuses: asList(statuses) })}
      />
      <RunBars
        team={team}
        filters={filters}
        onBrush={(from, to) => setFilters({ since: null, fromDate: String(from), toDate: String(to) })}
      />
      <FilterBar team={team} filters={filters} onChange={setFilters} />
      <div className="list-head line spread">
        <p className="soft" role="status">
          {list.data && range(filters.page, list.data.content.length, total)}
          {list.isPlaceholderData && ' …'}
        </p>
        {chosen.size > 0 && (
          <div className="line tight">
            <b>{hasEvery ? `All ${total.toLocaleString('en')} selected` : `${chosen.size} selected`}</b>
            {isWholePage && !hasEvery && total > chosen.size && (
              <button
                type="button"
                className="button plain"
                onClick={() => {
                  setFiltersOfEvery(filters);
                  setEvery(true);
                }}
              >
                Select all {total.toLocaleString('en')} that {isFiltered(filters) ? 'match' : 'there are'}
              </button>
            )}
            {may('workflowrun/action') && (
              <>
                <button type="button" className="button danger" onClick={() => open('cancel')}>
                  Cancel …
                </button>
                <button type="button" className="button" onClick={() => open('retry')}>
                  Retry …
                </button>
              </>
            )}
            <button type="button" className="button plain" onClick={() => choose(new Set())}>
              Clear selection
            </button>
          </div>
        )}
        {news > 0 && (
          <button type="button" className="button" onClick={showNews}>
            Show {news} new run{news === 1 ? '' : 's'} <kbd>.</kbd>
          </button>
        )}
      </div>
      <Loaded answer={list} what="the runs">
        {({ content }) =>
          content.length > 0 ? (
            <RunTable
              team={team}
              runs={content}
              readAt={list.dataUpdatedAt}
              sort={filters.sort}
              order={filters.order}
              onSort={(column) =>
                setFilters({
                  sort: column,
                  order:
                    filters.sort === column
                      ? filters.order === 'DESC'
                        ? 'ASC'
                        : 'DESC'
                      : column === 'creationDate'
                        ? 'DESC'
                        : 'ASC',
                })
              }
              chosen={chosen}
              onChoose={choose}
            />
          ) : isFiltered(filters) ? (
            <State title="No run is like that">
              <p>
                Filtered by{' '}
                {[
                  ...listFilters.filter((name) => filters[name].length > 0),
                  ...(filters.period !== null || filters.fromDate !== null ? ['time'] : []),
                ].join(', ')}
                . Remove a filter above to see more.
              </p>
            </State>
          ) : (
            <State title="No run yet">
              <p>
                A run is one execution of a workflow.{' '}
                {may('workflow/action') ? (
                  <Link to={newRun}>Start the first one</Link>
                ) : (
                  'Your token may not start one.'
                )}
              </p>
            </State>
          )
        }
      </Loaded>
      {total > pageSize && (
        <nav className="line" aria-label="Pages of the list">
          <button type="button" className="button" disabled={filters.page === 0} onClick={() => turn(filters.page - 1)}>
            Previous page
          </button>
          <span className="soft">
            Page {filters.page + 1} of {lastPage + 1}
          </span>
          <button
            type="button"
            className="button"
            disabled={filters.page >= lastPage}
            onClick={() => turn(filters.page + 1)}
          >
            Next page
          </button>
        </nav>
      )}
      {work && <BulkDialog dialog={bulk} team={team} {...work} />}
    </div>
  );
}

function range(page: number, count: number, total: number): string {
  if (total === 0) return 'No runs';
  const first = page * pageSize + 1;
  return `${first}–${first + count - 1} of ${total.toLocaleString('en')}`;
}
