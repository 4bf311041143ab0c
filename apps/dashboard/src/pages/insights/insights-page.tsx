import { teamPath } from '../../api/paths';
import type { PageProps } from '../../page-props';
import { Curl } from '../../parts/curl';
import { InsightsReport } from './insights-report';

/** How the runs of a team ended, how long they took and waited, and why they failed. */
export function InsightsPage({ team }: PageProps) {
  return (
    <div className="stack">
      <div className="page-head">
        <h1>Insights</h1>
        <Curl requests={[{ path: `${teamPath(team)}/insights` }, { path: `${teamPath(team)}/insights?period=hour` }]} />
      </div>
      <InsightsReport team={team} />
    </div>
  );
}
