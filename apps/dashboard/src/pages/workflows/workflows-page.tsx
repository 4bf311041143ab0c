import type { TeamBody } from '#libs/contracts';
import { useState } from 'react';
import { runsPath, teamPath, withQuery } from '../../api/paths';
import type { RunCounts } from '../../api/run-counts';
import { useApi } from '../../api/use-api';
import { useKeys } from '../../frame/keys';
import type { PageProps } from '../../page-props';
import { Curl } from '../../parts/curl';
import { Guarded, lacks } from '../../parts/guarded';
import { Loaded, State } from '../../parts/states';
import { looks, Shape, statusOrder } from '../../parts/status';
import { Time } from '../../parts/time';
import { Pager } from '../../parts/pager';
import { addressWith, Link, navigate, useSearch } from '../../router';
import { useMay } from '../../session/session';
import './workflows.css';

const pageSize = 25;
const weekLength = 7 * 86_400_000;

/** The team's workflows: found by a part of their name, with what became of their runs. */
export function WorkflowsPage({ team }: PageProps) {
  const answer = useApi<TeamBody>(teamPath(team), { freshFor: 5000 });
  const may = useMay(team);
  const add = (): void => navigate(`/team/${encodeURIComponent(team)}/new-workflow`);
  const mayAdd = may('workflow/write');
  useKeys([{ keys: 'c', does: 'Create a workflow', run: () => mayAdd && add() }]);
  return (
    <div className="stack">
      <div className="page-head">
        <h1>Workflows</h1>
        <Guarded may={mayAdd} why={lacks('workflow/write')} look="main" title="c" onClick={add}>
          New workflow
        </Guarded>
        <Curl requests={[{ path: teamPath(team) }, { path: `${teamPath(team)}/workflow/query?limit=25` }]} />
      </div>
      <Loaded answer={answer} what="the workflows">
        {({ workflows }) => <List team={team} workflows={workflows} onAdd={mayAdd ? add : null} />}
      </Loaded>
    </div>
  );
}

interface ListProps {
  readonly team: string;
  readonly workflows: TeamBody['workflows'];
  readonly onAdd: (() => void) | null;
}

function List({ team, workflows, onAdd }: ListProps) {
  const [search, change] = useSearch();
  const wanted = search.get('name') ?? '';
  const status = search.get('status') ?? '';
  const page = Math.max(0, Number(search.get('page') ?? 0));
  const [at, setAt] = useState(-1);
  const needle = wanted.toLowerCase();
  const fitting = workflows.filter(
    (each) =>
      (status === '' || each.status === status) &&
      [each.name, each.displayName, each.description ?? ''].some((text) => text.toLowerCase().includes(needle)),
  );
  const shown = fitting.slice(page * pageSize, (page + 1) * pageSize);
  const move = (step: number): void => {
    const to = Math.max(0, Math.min(shown.length - 1, at + step));
    setAt(to);
    document.querySelector<HTMLElement>(`[data-workflow="${to}"]`)?.focus();
  };
  useKeys([
    { keys: 'f', does: 'Find a workflow', run: () => document.querySelector<HTMLInputElement>('[data-find]')?.focus() },
    { keys: 'j', does: 'Next workflow', run: () => move(1) },
    { keys: 'k', does: 'Workflow before', run: () => move(-1) },
  ]);
  if (workflows.length === 0) {
    return (
      <State title="The team has no workflow yet">
        <p>
          A workflow says which tasks run in which order. Runs are made of it by hand, by schedules, webhooks and
          events.
        </p>
        {onAdd && (
          <button type="button" className="button main" onClick={onAdd}>
            Write the first one
          </button>
        )}
      </State>
    );
  }
  return (
    <>
      <div className="line" role="search">
        <input
          type="search"
          data-find
          aria-label="Find by name or description"
          placeholder="Name or description"
          value={wanted}
          onChange={(event) => change({ name: event.target.value, page: null }, { replace: true })}
        />
        <select
          aria-label="Status"
          value={status}
          onChange={(event) => change({ status: event.target.value, page: null }, { replace: true })}
        >
          <option value="">Active and inactive</option>
          <option value="active">Active</option>
          <option value="inactive">Inactive</option>
        </select>
        <span className="soft">
          {fitting.length === workflows.length ? workflows.length : `${fitting.length} of ${workflows.length}`}
          {workflows.length === 1000 && ' (the first 1,000 by name)'}
        </span>
      </div>
      {fitting.length === 0 ? (
        <State title="No workflow fits">
          <p className="soft">
            {wanted !== '' && <>The text “{wanted}” </>}
            {wanted !== '' && status !== '' && 'and '}
            {status !== '' && <>the status {status} </>}
            hide {workflows.length === 1 ? 'the one there is' : `all ${workflows.length}`}.
          </p>
          <Link to={addressWith({ name: null, status: null, page: null })}>Show all</Link>
        </State>
      ) : (
        <div className="table-box">
          <table>
            <thead>
              <tr>
                <th>Workflow</th>
                <th>Runs of 7 days</th>
                <th className="wide-only">Version</th>
                <th className="wide-only">Made</th>
                <th className="wide-only">What it does</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ id, name, displayName, status: state, version, creationDate, description }, index) => (
                <tr key={id}>
                  <td className="workflow-name">
                    <Link
                      to={`/team/${encodeURIComponent(team)}/workflows/${encodeURIComponent(name)}`}
                      data-workflow={index}
                      onFocus={() => setAt(index)}
                    >
                      {displayName}
                    </Link>
                    {state === 'inactive' && <span className="soft small"> inactive</span>}
                  </td>
                  <td>
                    <RunsOfWeek team={team} workflow={name} />
                  </td>
                  <td className="wide-only">{version}</td>
                  <td className="wide-only">
                    <Time at={creationDate} />
                  </td>
                  <td className="wide-only grow soft" title={description}>
                    {description}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager
        number={page}
        totalPages={Math.ceil(fitting.length / pageSize)}
        says={`${page * pageSize + 1}–${page * pageSize + shown.length} of ${fitting.length}`}
      />
    </>
  );
}

/** Exact counts since the beginning of the day a week ago. */
function RunsOfWeek({ team, workflow }: { readonly team: string; readonly workflow: string }) {
  const fromDate = Math.floor(Date.now() / 86_400_000) * 86_400_000 - weekLength;
  const { data } = useApi<RunCounts>(withQuery(`${runsPath(team)}/count`, { workflows: workflow, fromDate }), {
    freshFor: 15_000,
    every: 30_000,
  });
  if (!data) return <span className="soft">…</span>;
  if (data.status.all === 0) return <span className="soft">none</span>;
  return (
    <span className="counts">
      {statusOrder
        .filter((status) => data.status[status] > 0)
        .map((status) => (
          <Link
            key={status}
            className={`status hue-${looks[status].hue}`}
            title={looks[status].word}
            to={withQuery(`/team/${encodeURIComponent(team)}/runs`, { workflows: workflow, statuses: status })}
          >
            <Shape status={status} />
            {data.status[status].toLocaleString('en')}
            <span className="hidden-name"> {looks[status].word}</span>
          </Link>
        ))}
    </span>
  );
}
