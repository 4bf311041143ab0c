import type { RunExplanationBody, WorkflowRunBody } from '#libs/contracts';
import type { PageOf } from '../../api/page-of';
import { runPath, runsPath, withQuery } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { Loaded } from '../../parts/states';
import { Sentence } from '../../parts/sentence';
import { StatusMark } from '../../parts/status';
import { shownDuration, Time, useNow } from '../../parts/time';
import { Link } from '../../router';

/** Runs that are explained at most. */
const most = 8;
/** Causes of one run that are shown. */
const mostCauses = 2;

/** The runs that are open longest, and what each waits for, in words. */
export function StuckSection({ team }: { readonly team: string }) {
  const query = { statuses: 'notstarted,ready,running,waiting', order: 'ASC', sort: 'creationDate', limit: most };
  const answer = useApi<PageOf<WorkflowRunBody>>(withQuery(`${runsPath(team)}/query`, query), { every: 15_000 });
  const total = answer.data?.totalElements ?? 0;
  return (
    <section className="stack" aria-label="Open longest">
      <div className="section-head">
        <h2>Open longest, and why</h2>
        {total > 0 && (
          <Link to={withQuery(`/team/${encodeURIComponent(team)}/runs`, { statuses: query.statuses })}>
            {total === 1 ? '1 open run' : `All ${total.toLocaleString('en')} open runs`}
          </Link>
        )}
      </div>
      <Loaded answer={answer} what="the open runs">
        {({ content }) =>
          content.length === 0 ? (
            <p className="soft">No run is open.</p>
          ) : (
            <ul className="stuck">
              {content.map((run) => (
                <Stuck key={run.id} team={team} run={run} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function Stuck({ team, run }: { readonly team: string; readonly run: WorkflowRunBody }) {
  const { data, error } = useApi<RunExplanationBody>(`${runPath(team, run.id)}/explain`, { every: 15_000 });
  const now = useNow(true);
  // What only waits for other tasks is no cause.
  const causes = data?.waits.filter(({ kind }) => kind !== 'dependencies') ?? [];
  const shown = causes.slice(0, mostCauses);
  const others = (data?.open ?? 0) - shown.length;
  return (
    <li>
      <div className="line">
        <StatusMark status={run.status} awaitsApproval={run.awaitingApproval} />
        <Link to={`/team/${encodeURIComponent(team)}/runs/${run.id}`}>
          {run.workflowDisplayName}
          <span className="hidden-name"> of {run.creationDate}</span>
        </Link>
        <span className="soft">
          {shownDuration(now - Date.parse(run.creationDate))}, since <Time at={run.creationDate} />
        </span>
      </div>
      {error && <p className="soft small">{error.message}</p>}
      {shown.map(({ sentence, task, kind }, index) => (
        <p key={`${task?.id ?? ''} ${kind} ${index}`} className="why">
          <Sentence text={sentence} />
        </p>
      ))}
      {others > 0 && (
        <p className="why soft small">{others === 1 ? 'One more task waits.' : `${others} more tasks wait.`}</p>
      )}
    </li>
  );
}
