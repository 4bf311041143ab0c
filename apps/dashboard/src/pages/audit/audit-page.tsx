import type { AuditEntryBody, AuditPageBody } from '#libs/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import { refresh, useApi } from '../../api/use-api';
import { useKeys } from '../../frame/keys';
import type { PageProps } from '../../page-props';
import { Curl } from '../../parts/curl';
import { useDialog } from '../../parts/dialog';
import { Guarded, lacks } from '../../parts/guarded';
import { Loaded, State } from '../../parts/states';
import { Tabs } from '../../parts/tabs';
import { Time } from '../../parts/time';
import { addressWith, Link, useSearch } from '../../router';
import { useMay } from '../../session/session';
import { actionWords } from './actions';
import { ChainStatus } from './chain-status';
import { EntryDetails } from './entry-details';
import { ExportDialog } from './export-dialog';
import { FilterBar } from './filter-bar';
import { auditPath, type FilterName, type Filters, filtersIn, searchPath } from './filters';
import { PeopleView } from './people-view';
import './audit.css';

const pageSize = 50;
/** Milliseconds between two looks for newer entries. */
const lookEvery = 5000;

/** Who did what, when, from where and why. */
export function AuditPage({ team }: PageProps) {
  const [search, change] = useSearch();
  const client = useQueryClient();
  const may = useMay(team);
  const filters = filtersIn(search);
  const scope = search.get('scope') === 'all' ? null : team;
  const cursor = search.get('cursor');
  const view = search.get('view') === 'people' ? 'people' : 'entries';
  const path = searchPath(scope, filters, { limit: pageSize, ...(cursor !== null && { cursor }) });
  const answer = useApi<AuditPageBody>(view === 'entries' ? path : null, { freshFor: Infinity });
  const exporting = useDialog();
  useKeys([
    {
      keys: 'f',
      does: 'Filter by who',
      run: () => document.querySelector<HTMLInputElement>('[data-filter="actors"]')?.focus(),
    },
  ]);
  const filter = (changes: Readonly<Partial<Record<FilterName, string | null>>>): void =>
    change({ ...changes, cursor: null, entry: null });
  return (
    <div className="stack">
      <div className="page-head">
        <h1>Audit</h1>
        <label className="line tight">
          <span className="soft">Of</span>
          <select
            value={scope === null ? 'all' : ''}
            onChange={(event) => change({ scope: event.target.value, cursor: null, entry: null })}
          >
            <option value="">this team</option>
            <option value="all">every team that you reach</option>
          </select>
        </label>
        <Guarded may={may('audit/read')} why={lacks('audit/read')} onClick={exporting.open}>
          Export …
        </Guarded>
        <Curl requests={[{ path }, { path: '/api/v2/trail' }]} />
      </div>
      <ChainStatus newest={answer.data?.upTo} />
      <FilterBar filters={filters} error={answer.error} onChange={filter} />
      <Tabs
        label="Views of the trail"
        param="view"
        chosen={view}
        drops={['cursor', 'entry']}
        tabs={[
          { id: 'entries', label: 'Entries' },
          { id: 'people', label: 'Who did what' },
        ]}
      />
      {view === 'people' ? (
        <PeopleView team={scope} filters={filters} />
      ) : (
        <>
          {cursor === null && answer.data && (
            <Newer
              scope={scope}
              filters={filters}
              newest={answer.data.entries[0]?.position ?? 0}
              onShow={() => void refresh(client, auditPath(scope))}
            />
          )}
          <Loaded answer={answer} what="the audit trail">
            {(page) => <Entries page={page} cursor={cursor} hasFilters={Object.keys(filters).length > 0} />}
          </Loaded>
        </>
      )}
      <ExportDialog dialog={exporting} team={scope} filters={filters} />
    </div>
  );
}

interface NewerProps {
  readonly scope: string | null;
  readonly filters: Filters;
  readonly newest: number;
  readonly onShow: () => void;
}

/** Says how many entries have come since; the list itself stays where it is. */
function Newer({ scope, filters, newest, onShow }: NewerProps) {
  const most = pageSize + 1;
  const { data, isPlaceholderData } = useApi<AuditPageBody>(searchPath(scope, filters, { limit: most }), {
    every: lookEvery,
  });
  // While the filters change, this is the answer to those before.
  const count = isPlaceholderData ? 0 : (data?.entries.filter(({ position }) => position > newest).length ?? 0);
  return (
    <div role="status" className="newer">
      {count > 0 && (
        <button type="button" className="button" onClick={onShow}>
          Show {count === most ? `more than ${pageSize}` : count} new
        </button>
      )}
    </div>
  );
}

interface EntriesProps {
  readonly page: AuditPageBody;
  readonly cursor: string | null;
  readonly hasFilters: boolean;
}

function Entries({ page: { entries, next, upTo }, cursor, hasFilters }: EntriesProps) {
  const [search, change] = useSearch();
  const opened = search.get('entry');
  const [at, setAt] = useState(-1);
  const move = (step: number): void => {
    const to = Math.max(0, Math.min(entries.length - 1, at + step));
    setAt(to);
    document.querySelector<HTMLElement>(`[data-entry="${to}"]`)?.focus();
  };
  useKeys([
    { keys: 'j', does: 'Next entry', run: () => move(1) },
    { keys: 'k', does: 'Entry before', run: () => move(-1) },
  ]);
  if (entries.length === 0 && next === undefined) {
    return (
      <State title={hasFilters ? 'No entry fits these filters' : 'Nothing has happened yet'}>
        <p className="soft">Everything up to position {upTo.toLocaleString('en')} is taken into account.</p>
      </State>
    );
  }
  return (
    <>
      <div className="table-box">
        <table className="audit-table">
          <thead>
            <tr>
              <th className="gutter number">Position</th>
              <th>When</th>
              <th>Who</th>
              <th>Did</th>
              <th>To</th>
              <th className="wide-only">Why</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry, index) => {
              const key = `${entry.position}`;
              const isOpen = opened === key;
              return (
                <Fragment key={key}>
                  <tr className={isOpen ? 'on' : ''}>
                    <td className="gutter number">
                      <button
                        type="button"
                        className="position"
                        data-entry={index}
                        aria-expanded={isOpen}
                        onFocus={() => setAt(index)}
                        onClick={() => change({ entry: isOpen ? null : key }, { replace: true })}
                      >
                        {entry.position}
                        <span className="hidden-name"> {actionWords(entry.action)}: details</span>
                      </button>
                    </td>
                    <Summary entry={entry} />
                  </tr>
                  {isOpen && (
                    <tr className="details-row">
                      <td className="gutter" />
                      <td colSpan={5} className="wrap">
                        <EntryDetails entry={entry} />
                      </td>
                    </tr>
                  )}
                </Fragment>
              );
            })}
          </tbody>
        </table>
      </div>
      <nav className="line" aria-label="Pages of the trail">
        {cursor !== null && (
          <Link className="button" to={addressWith({ cursor: null, entry: null })}>
            Newest
          </Link>
        )}
        {next !== undefined && (
          <Link className="button" to={addressWith({ cursor: next, entry: null })}>
            Older
          </Link>
        )}
        <span className="soft small">
          {entries.length} entries. Everything up to position {upTo.toLocaleString('en')} is taken into account.
        </span>
      </nav>
    </>
  );
}

function Summary({ entry }: { readonly entry: AuditEntryBody }) {
  const { actor, object, outcome, reason, details } = entry;
  const isRefused = outcome === 'refused';
  const [method, route] = [details?.['method'], details?.['route']];
  return (
    <>
      <td>
        <Time at={entry.time} />
      </td>
      <td title={actor.id}>
        {actor.name ?? actor.id}
        {actor.kind !== 'person' && <span className="soft small"> {actor.kind}</span>}
      </td>
      <td className={isRefused ? 'hue-bad' : ''} title={entry.action}>
        {actionWords(entry.action)}
      </td>
      <td className="audit-object">
        {isRefused && typeof method === 'string' && typeof route === 'string' ? (
          <code>{`${method} ${route}`}</code>
        ) : (
          <>
            <span className="soft small">{object.kind}</span> {object.name ?? ''}
          </>
        )}
      </td>
      <td className="wide-only grow" title={reason}>
        {reason ?? ''}
      </td>
    </>
  );
}
