import type { InsightsBody, TextSearchBody, TrailBody } from '#libs/contracts';
import { useLive } from '../../api/live';
import { runsPath, teamPath, withQuery } from '../../api/paths';
import { useApi } from '../../api/use-api';
import type { PageProps } from '../../page-props';
import { Curl } from '../../parts/curl';
import { Shape } from '../../parts/status';
import { shownDuration } from '../../parts/time';
import { useSearch } from '../../router';
import { AgentsSection } from './agents-section';
import { DueSection } from './due-section';
import { QueueSection } from './queue-section';
import { StuckSection } from './stuck-section';
import { UsageSection } from './usage-section';
import './operations.css';

/** What an operator looks at first: what does not move and why, who works, what waits, what is due. */
export function OperationsPage({ team }: PageProps) {
  const [search, change] = useSearch();
  const scope = search.get('scope') === 'all' ? null : team;
  const agents = scope === null ? '/api/v2/agents' : `${teamPath(scope)}/agents`;
  const queue = scope === null ? '/api/v2/queue' : `${teamPath(scope)}/queue`;
  useLive(`${agents}/events`, [agents, queue, `${runsPath(team)}/query`]);
  return (
    <div className="stack operations">
      <div className="page-head">
        <h1>Operations</h1>
        <label className="line tight">
          <span className="soft">Agents and queue of</span>
          <select value={scope === null ? 'all' : ''} onChange={(event) => change({ scope: event.target.value })}>
            <option value="">this team</option>
            <option value="all">every team that you reach</option>
          </select>
        </label>
        <Curl
          requests={[
            { path: agents },
            { path: queue },
            { path: withQuery(`${runsPath(team)}/query`, { phase: 'running', order: 'ASC', limit: 10 }) },
            { path: `${runsPath(team)}/<id>/explain` },
            { path: '/health/ready' },
            { path: '/api/v2/trail' },
          ]}
        />
      </div>
      <Health team={team} />
      <StuckSection team={team} />
      <QueueSection path={queue} />
      <AgentsSection path={agents} />
      <div className="operations-pair">
        <DueSection team={team} />
        <UsageSection team={team} />
      </div>
    </div>
  );
}

/** Whether the server is ready, and how far what follows the ledger is behind. */
function Health({ team }: { readonly team: string }) {
  const ready = useApi<{ readonly status: string }>('/health/ready', { every: 5000 });
  const trail = useApi<TrailBody>('/api/v2/trail', { every: 5000 });
  const insights = useApi<InsightsBody>(`${teamPath(team)}/insights?period=hour`, { every: 15_000 });
  // Any word will do: how far the search is comes with every answer.
  const search = useApi<TextSearchBody>(`${teamPath(team)}/search?q=a&limit=1`, { every: 15_000 });
  const isUp = ready.data !== undefined && ready.error === null;
  const most = trail.data?.size ?? 0;
  return (
    <section className="health" aria-label="Health">
      <span className={`status hue-${ready.isPending ? 'idle' : isUp ? 'good' : 'bad'}`}>
        <Shape status={ready.isPending ? 'notstarted' : isUp ? 'succeeded' : 'failed'} />
        {ready.isPending ? 'Asking …' : isUp ? 'Accepts requests and writes' : ready.error.message}
      </span>
      {trail.data?.parts.map(({ name, size, alarm }) => (
        <span key={name} className={alarm === null ? '' : 'hue-bad'} title={alarm ?? undefined}>
          Trail {name} <b>{size.toLocaleString('en')}</b>
          {size < most && <span className="hue-hold"> {(most - size).toLocaleString('en')} behind</span>}
          {alarm !== null && <b role="alert"> {alarm}</b>}
        </span>
      ))}
      <ViewLag name="Insights" view={insights.data} />
      <ViewLag name="Search" view={search.data} />
      {trail.error?.status === 403 && <span className="soft">The trail’s state needs trail/read.</span>}
    </section>
  );
}

function ViewLag({ name, view }: { readonly name: string; readonly view: InsightsBody | TextSearchBody | undefined }) {
  if (!view) return null;
  const { position, lag } = view;
  return (
    <span>
      {name} <b>{position.toLocaleString('en')}</b>
      {lag.events > 0 && (
        <span className="hue-hold">
          {' '}
          {lag.events.toLocaleString('en')} behind, {shownDuration(lag.milliseconds)}
        </span>
      )}
    </span>
  );
}
