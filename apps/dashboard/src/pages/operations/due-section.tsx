import type { ScheduleBody } from '#libs/contracts';
import type { PageOf } from '../../api/page-of';
import { teamPath } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { Loaded } from '../../parts/states';
import { shownDuration, useNow } from '../../parts/time';
import { ZonedTime } from '../../parts/zoned-time';
import { Link } from '../../router';

const most = 8;

/** Which schedules fire next; and those that cannot. */
export function DueSection({ team }: { readonly team: string }) {
  const answer = useApi<PageOf<ScheduleBody>>(`${teamPath(team)}/schedule/query`, { every: 15_000 });
  const now = useNow(true);
  const base = `/team/${encodeURIComponent(team)}`;
  return (
    <section className="stack" aria-label="Due next">
      <div className="section-head">
        <h2>Due next</h2>
        <Link to={`${base}/schedules`}>Schedules</Link>
      </div>
      <Loaded answer={answer} what="the schedules">
        {({ content }) => {
          const due = content
            .flatMap((each) => (each.nextScheduleDate === undefined ? [] : [{ ...each, next: each.nextScheduleDate }]))
            .sort((one, other) => one.next.localeCompare(other.next))
            .slice(0, most);
          const broken = content.filter(({ status }) => status === 'error');
          return (
            <>
              {broken.length > 0 && (
                <p className="note bad">
                  {broken.length === 1 ? '1 schedule has' : `${broken.length} schedules have`} an error:{' '}
                  {broken.map(({ name }) => name).join(', ')}
                </p>
              )}
              {due.length === 0 ? (
                <p className="soft">No schedule is due.</p>
              ) : (
                <div className="table-box">
                  <table>
                    <tbody>
                      {due.map(({ id, name, workflowRef, next, timezone }) => (
                        <tr key={id}>
                          <td className="number soft">in {shownDuration(Date.parse(next) - now)}</td>
                          <td className="wrap">
                            <Link to={`${base}/workflows/${encodeURIComponent(workflowRef)}?tab=schedules`}>
                              {name}
                            </Link>
                          </td>
                          <td>
                            <ZonedTime at={next} zone={timezone} />
                          </td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
              )}
            </>
          );
        }}
      </Loaded>
    </section>
  );
}
