import type { BulkBody, BulkRunBody, RunFiltersBody, WorkflowRunBody } from '#libs/contracts';
import { useEffect } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import type { PageOf } from '../../api/page-of';
import { bulkPath, runsPath, withQuery } from '../../api/paths';
import { refresh, useApi } from '../../api/use-api';
import type { PageProps } from '../../page-props';
import { Confirm } from '../../parts/confirm';
import { Curl } from '../../parts/curl';
import { useDialog } from '../../parts/dialog';
import { Id, shortId } from '../../parts/id';
import { Pager } from '../../parts/pager';
import { Loaded, State } from '../../parts/states';
import { StatusMark } from '../../parts/status';
import { Time } from '../../parts/time';
import { addressWith, Link, useSearch } from '../../router';
import { useMay } from '../../session/session';
import { runs, verbs } from '../runs/bulk-dialog';
import { BulkStatusMark, outcomeOrder, outcomeWords } from './bulk-words';
import './bulk.css';

const pageSize = 50;
/** Milliseconds between looks at a job that is at work. */
const pace = 1000;

/** One bulk job: how far it is, and what came of each of its runs. */
export function BulkPage({ team, values }: PageProps) {
  const path = `${bulkPath(team)}/${encodeURIComponent(values['job'] ?? '')}`;
  const [search] = useSearch();
  const outcome = search.get('outcome') ?? '';
  const page = Number(search.get('page') ?? 0);
  const job = useApi<BulkBody>(path);
  const isAtWork = job.data?.status === 'running';
  useApi<BulkBody>(path, { every: isAtWork && pace });
  const client = useQueryClient();
  const done = job.data && job.data.runs - job.data.outcomes.pending;
  const runsAt = withQuery(`${path}/runs`, { outcome, limit: pageSize, page });
  const list = useApi<PageOf<BulkRunBody>>(runsAt);
  // The list is asked for when something has come of a run.
  useEffect(() => {
    void refresh(client, `${path}/runs`);
  }, [client, path, done, isAtWork]);
  return (
    <Loaded answer={job} what="the bulk job">
      {(body) => (
        <div className="stack">
          <Head team={team} path={path} job={body} />
          <Progress job={body} />
          <nav className="tabs" aria-label="Runs by what came of them">
            <Tab name="" chosen={outcome} label="All" count={body.runs} />
            {outcomeOrder
              .filter((each) => body.outcomes[each] > 0 || each === outcome)
              .map((each) => (
                <Tab key={each} name={each} chosen={outcome} label={outcomeWords[each]} count={body.outcomes[each]} />
              ))}
          </nav>
          <Loaded answer={list} what="its runs">
            {({ content, number, totalPages, totalElements }) =>
              content.length === 0 ? (
                <State title="No run is like that" />
              ) : (
                <>
                  <RunRows team={team} rows={content} />
                  <Pager
                    number={number}
                    totalPages={totalPages}
                    says={`Page ${number + 1} of ${totalPages}, ${runs(totalElements)}`}
                  />
                </>
              )
            }
          </Loaded>
          <p>
            <Curl requests={[{ path }, { path: runsAt }]} />
          </p>
        </div>
      )}
    </Loaded>
  );
}

function Tab({
  name,
  chosen,
  label,
  count,
}: {
  readonly name: string;
  readonly chosen: string;
  readonly label: string;
  readonly count: number;
}) {
  return (
    <Link to={addressWith({ outcome: name, page: null })} {...(name === chosen && { 'aria-current': 'page' })}>
      {label} <span className="soft">{count.toLocaleString('en')}</span>
    </Link>
  );
}

function Head({ team, path, job }: { readonly team: string; readonly path: string; readonly job: BulkBody }) {
  const stop = useDialog();
  const may = useMay(team);
  const { action, by, creationDate, endDate, filters, from, reason, status, statusMessage } = job;
  return (
    <header className="stack">
      <p>
        <Link to={`/team/${encodeURIComponent(team)}/runs/bulk`}>Bulk jobs</Link>
      </p>
      <div className="line spread">
        <div className="line">
          <h1>
            {verbs[action]} {runs(job.runs)}
          </h1>
          <BulkStatusMark status={status} />
        </div>
        {status === 'running' && may('workflowrun/action') && (
          <button type="button" className="button danger" onClick={stop.open}>
            End it …
          </button>
        )}
      </div>
      <p className="soft">
        Made <Time at={creationDate} /> by {by.name ?? by.id}
        {endDate !== undefined && (
          <>
            , ended <Time at={endDate} />
          </>
        )}
        . Its runs: {filters ? filterWords(filters) : 'chosen one by one'}, as they were at position{' '}
        {job.position.toLocaleString('en')} of the ledger.
        {action === 'retry' &&
          ` Each begins ${from === 'failed' ? 'with the tasks that failed' : (from ?? 'at the start')}.`}
      </p>
      {reason !== undefined && <p>“{reason}”</p>}
      {statusMessage !== undefined && <p className="note bad">{statusMessage}</p>}
      <p className="line small soft">
        Job <Id id={job.id} what="id of the job" />
      </p>
      <Confirm
        dialog={stop}
        title="End the bulk job"
        action="End it"
        request={{ method: 'PUT', path: `${path}/cancel` }}
        changes={[bulkPath(team), runsPath(team)]}
        done="The job has ended."
        isDangerous
      >
        <p>What is done stays done. The {runs(job.outcomes.pending)} to come are left alone.</p>
      </Confirm>
    </header>
  );
}

function Progress({ job }: { readonly job: BulkBody }) {
  const { outcomes, runs: all, status } = job;
  const over = outcomes.done + outcomes.unchanged + outcomes.refused;
  const counts = outcomeOrder
    .filter((each) => outcomes[each] > 0)
    .map((each) => `${outcomes[each].toLocaleString('en')} ${outcomeWords[each].toLowerCase()}`);
  return (
    <div className="stack bulk-progress">
      <progress aria-label="Runs with an outcome" max={all} value={over} className={status} />
      <p role="status">{counts.join(', ')}.</p>
    </div>
  );
}

function RunRows({ team, rows }: { readonly team: string; readonly rows: readonly BulkRunBody[] }) {
  const ids = rows.map(({ workflowRunRef }) => workflowRunRef).join(',');
  const known = useApi<PageOf<WorkflowRunBody>>(
    withQuery(`${runsPath(team)}/query`, { workflowruns: ids, limit: pageSize }),
  );
  const byId = new Map(known.data?.content.map((run) => [run.id, run]));
  const addressOf = (id: string): string => `/team/${encodeURIComponent(team)}/runs/${id}`;
  return (
    <div className="table-box">
      <table className="bulk-runs">
        <thead>
          <tr>
            <th>Run</th>
            <th>Status now</th>
            <th>What came of it</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ workflowRunRef: id, outcome, message, retryRef }) => {
            const run = byId.get(id);
            return (
              <tr key={id}>
                <td>
                  <Link to={addressOf(id)}>
                    {run?.workflowDisplayName ?? run?.workflowName ?? 'Run'} <span className="id">{shortId(id)}</span>
                  </Link>
                </td>
                <td>{run && <StatusMark status={run.status} />}</td>
                <td className={`outcome ${outcome}`}>
                  {outcomeWords[outcome]}
                  {message !== undefined && `: ${message}`}
                  {retryRef !== undefined && (
                    <>
                      : runs again as <Link to={addressOf(retryRef)}>{shortId(retryRef)}</Link>
                    </>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** What the filters say, in one line. */
export function filterWords(filters: RunFiltersBody): string {
  const { labels, fromDate, toDate, ...lists } = filters;
  const parts = [
    ...Object.values(lists).map((items) => items.join(' or ')),
    ...Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`),
    ...(fromDate === undefined ? [] : [`from ${new Date(fromDate).toLocaleString()}`]),
    ...(toDate === undefined ? [] : [`before ${new Date(toDate).toLocaleString()}`]),
  ];
  return parts.length === 0 ? 'every run of the team' : parts.join(', ');
}
