import type { HistoryEventBody, WorkflowRunBody } from '#libs/contracts';
import type { PageOf } from '../../api/page-of';
import { runsPath } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { Id } from '../../parts/id';
import { StatusMark } from '../../parts/status';
import { Time } from '../../parts/time';
import { Link } from '../../router';
import { Named } from './task-panel';

const retryOf = 'boomerang.io/retry-of';

interface RunPanelProps {
  readonly team: string;
  readonly run: WorkflowRunBody;
  readonly events: readonly HistoryEventBody[];
}

/** The run's own fields, and the runs around it. */
export function RunPanel({ team, run, events }: RunPanelProps) {
  const submitted = events[0]?.type === 'WorkflowRunSubmitted' ? events[0].data : {};
  const parent = (submitted['parent'] as { readonly runId?: string } | undefined)?.runId;
  const first = run.labels[retryOf];
  const original = first ?? run.id;
  const retries = useApi<PageOf<WorkflowRunBody>>(
    `${runsPath(team)}/query?limit=20&order=DESC&labels=${encodeURIComponent(`${retryOf}=${original}`)}`,
  );
  const others = (retries.data?.content ?? []).filter(({ id }) => id !== run.id);
  const addressOf = (id: string): string => `/team/${encodeURIComponent(team)}/runs/${id}`;
  return (
    <section className="stack" aria-label="Fields of the run">
      <dl className="facts">
        <dt>Workflow</dt>
        <dd>
          {run.workflowName} <span className="soft">version {run.workflowVersion}</span>
        </dd>
        <dt>Id</dt>
        <dd>
          <Id id={run.id} what="run id" />
        </dd>
        <dt>Created</dt>
        <dd>
          <Time at={run.creationDate} />
        </dd>
        <dt>Started</dt>
        <dd>
          <Time at={run.startTime} />
        </dd>
        <dt>Timeout</dt>
        <dd>{run.timeout === 0 ? 'none' : `${run.timeout} min`}</dd>
        <dt>Phase</dt>
        <dd>{run.phase}</dd>
        {parent !== undefined && (
          <>
            <dt>Made by</dt>
            <dd>
              <Link to={addressOf(parent)}>run {parent}</Link>
            </dd>
          </>
        )}
        {first !== undefined && (
          <>
            <dt>Retry of</dt>
            <dd>
              <Link to={addressOf(first)}>run {first}</Link>
            </dd>
          </>
        )}
        {others.length > 0 && (
          <>
            <dt>Retries</dt>
            <dd>
              <ul>
                {others.map(({ id, status }) => (
                  <li key={id}>
                    <Link to={addressOf(id)}>{id}</Link> <StatusMark status={status} />
                  </li>
                ))}
              </ul>
            </dd>
          </>
        )}
      </dl>
      <Named title="Params" items={run.params} />
      <Named title="Results" items={run.results} />
      <Named title="Labels" items={Object.entries(run.labels).map(([name, value]) => ({ name, value }))} />
      <Named title="Annotations" items={Object.entries(run.annotations).map(([name, value]) => ({ name, value }))} />
    </section>
  );
}
