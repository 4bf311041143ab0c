import type { WorkflowRunBody } from '#libs/contracts';
import { useEffect, useRef, useState } from 'react';
import { serverNow } from '../../api/client';
import { useKeys } from '../../frame/keys';
import { Id } from '../../parts/id';
import { Sentence } from '../../parts/sentence';
import { isOver, StatusMark } from '../../parts/status';
import { shownDuration, Time, useNow, zoneName } from '../../parts/time';
import { Link, navigate } from '../../router';

interface RunTableProps {
  readonly team: string;
  readonly runs: readonly WorkflowRunBody[];
  readonly readAt: number;
  readonly sort: string;
  readonly order: 'ASC' | 'DESC';
  readonly onSort: (column: string) => void;
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
}

/** The runs of a page. `j` and `k` move, `x` selects, Enter opens; a click with Shift selects up to there. */
export function RunTable({ team, runs, readAt, sort, order, onSort, chosen, onChoose }: RunTableProps) {
  const [at, setAt] = useState(-1);
  const body = useRef<HTMLTableSectionElement>(null);
  const now = useNow(runs.some(({ status }) => !isOver(status)));
  const addressOf = (id: string): string => `/team/${encodeURIComponent(team)}/runs/${id}`;
  const list = runs.map(({ id }) => addressOf(id));
  const move = (to: number): void => setAt(Math.min(runs.length - 1, Math.max(0, to)));
  const toggle = (index: number, upTo = false): void => {
    const next = new Set(chosen);
    const first = upTo && at >= 0 ? Math.min(at, index) : index;
    const last = upTo && at >= 0 ? Math.max(at, index) : index;
    const isChosen = chosen.has(runs[index]?.id ?? '');
    for (const { id } of runs.slice(first, last + 1)) {
      if (isChosen) next.delete(id);
      else next.add(id);
    }
    setAt(index);
    onChoose(next);
  };
  useKeys([
    { keys: 'j', does: 'Next run', run: () => move(at + 1) },
    { keys: 'k', does: 'Previous run', run: () => move(at - 1) },
    { keys: 'x', does: 'Select the run', run: () => at >= 0 && toggle(at) },
    { keys: 'o', does: 'Open the run', run: () => runs[at] && navigate(addressOf(runs[at].id), { list }) },
  ]);
  useEffect(() => {
    if (at >= 0) body.current?.rows[at]?.querySelector<HTMLElement>('a')?.focus();
  }, [at]);
  const areAll = runs.length > 0 && runs.every(({ id }) => chosen.has(id));
  return (
    <div className="table-box">
      <table className="runs">
        <thead>
          <tr>
            <th className="gutter">
              <input
                type="checkbox"
                aria-label="Select every run of this page"
                checked={areAll}
                onChange={() => onChoose(areAll ? new Set() : new Set(runs.map(({ id }) => id)))}
              />
            </th>
            <SortHead name="status" label="Status" {...{ sort, order, onSort }} />
            <SortHead name="workflowName" label="Workflow" {...{ sort, order, onSort }} />
            <th className="wide-only">Run</th>
            <SortHead name="creationDate" label={`Created (${zoneName})`} {...{ sort, order, onSort }} />
            <th className="number">Took</th>
            <th className="wide-only">Trigger</th>
            <th className="wide-only">By</th>
          </tr>
        </thead>
        <tbody ref={body}>
          {runs.map((run, index) => {
            const name = run.workflowDisplayName ?? run.workflowName ?? run.workflowRef;
            return (
              <tr key={run.id} className={`${chosen.has(run.id) ? 'on' : ''}${index === at ? ' at' : ''}`}>
                <td className="gutter">
                  <input
                    type="checkbox"
                    aria-label={`Select ${name} ${run.id}`}
                    checked={chosen.has(run.id)}
                    onChange={() => undefined}
                    onClick={(event) => toggle(index, event.shiftKey)}
                  />
                </td>
                <td className="status-cell">
                  <StatusMark status={run.status} awaitsApproval={run.awaitingApproval} />
                </td>
                <td className="grow">
                  <Link to={addressOf(run.id)} list={list} className="run-link">
                    {name}
                  </Link>
                  {run.statusMessage !== undefined && (
                    <span className="soft message">
                      <Sentence text={run.statusMessage} />
                    </span>
                  )}
                </td>
                <td className="wide-only">
                  <Id id={run.id} what="run id" />
                </td>
                <td className="time-cell">
                  <Time at={run.creationDate} />
                </td>
                <td className="number">{shownDuration(tookOf(run, now, readAt))}</td>
                <td className="wide-only">{run.trigger}</td>
                <td className="wide-only cut by">{run.initiatedByUserName ?? ''}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** What runs goes on while nobody asks. `readAt`: when the answer came, by the browser's clock. */
export function tookOf(
  { status, startTime, duration }: Pick<WorkflowRunBody, 'status' | 'startTime' | 'duration'>,
  now: number,
  readAt: number,
): number {
  if (isOver(status) || startTime === undefined) return duration;
  return duration + Math.max(0, now - serverNow() + Date.now() - readAt);
}

interface SortHeadProps {
  readonly name: string;
  readonly label: string;
  readonly sort: string;
  readonly order: 'ASC' | 'DESC';
  readonly onSort: (column: string) => void;
}

function SortHead({ name, label, sort, order, onSort }: SortHeadProps) {
  const isSorted = sort === name;
  return (
    <th aria-sort={isSorted ? (order === 'ASC' ? 'ascending' : 'descending') : 'none'}>
      <button type="button" className="sort" onClick={() => onSort(name)}>
        {label} <span aria-hidden="true">{isSorted ? (order === 'ASC' ? '↑' : '↓') : ''}</span>
      </button>
    </th>
  );
}
