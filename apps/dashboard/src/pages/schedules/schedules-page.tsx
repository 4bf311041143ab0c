import { teamPath } from '../../api/paths';
import type { PageProps } from '../../page-props';
import { Curl } from '../../parts/curl';
import { zoneName } from '../../parts/time';
import { ScheduleList } from './schedule-list';

/** When the team's workflows run by themselves. */
export function SchedulesPage({ team }: PageProps) {
  return (
    <div className="stack">
      <div className="page-head">
        <h1>Schedules</h1>
        <span className="soft">Times in {zoneName}, and in the schedule’s own zone</span>
        <Curl requests={[{ path: `${teamPath(team)}/schedule/query` }]} />
      </div>
      <ScheduleList team={team} />
    </div>
  );
}
