import type { RunCounts } from '../../api/run-counts';
import { useQueries } from '@tanstack/react-query';
import { ApiError, send } from '../../api/client';
import { runsPath, withQuery } from '../../api/paths';
import { ErrorNote } from '../../parts/states';
import { type Hue, looks, statusOrder } from '../../parts/status';
import { Link } from '../../router';

const dayLength = 86_400_000;
const days = 14;
/** From the bottom of a bar to its top. */
const hues: readonly Hue[] = ['good', 'idle', 'hold', 'active', 'bad'];

/** How the runs of the last fourteen days have ended, day by day (UTC), from exact counts. */
export function InsightsTab({ team, workflow }: { readonly team: string; readonly workflow: string }) {
  const today = Math.floor(Date.now() / dayLength) * dayLength;
  const starts = Array.from({ length: days }, (_, index) => today - (days - 1 - index) * dayLength);
  const answers = useQueries({
    queries: starts.map((fromDate) => {
      const path = withQuery(`${runsPath(team)}/count`, {
        workflows: workflow,
        fromDate,
        toDate: fromDate + dayLength,
      });
      return {
        queryKey: [path],
        queryFn: ({ signal }: { signal: AbortSignal }) => send<RunCounts>({ path }, signal),
        staleTime: fromDate === today ? 10_000 : 300_000,
      };
    }),
  });
  const failed = answers.find(({ error }) => error instanceof ApiError)?.error;
  if (failed instanceof ApiError) return <ErrorNote error={failed} />;
  if (answers.some(({ data }) => data === undefined)) return <p className="loading">Counting the runs …</p>;
  const counts = answers.flatMap(({ data }) => (data ? [data.status] : []));
  const most = Math.max(1, ...counts.map(({ all }) => all));
  const total = (status: keyof RunCounts['status']): number => counts.reduce((sum, count) => sum + count[status], 0);
  const ended = total('succeeded') + total('failed') + total('timedout') + total('invalid');
  const shown = statusOrder.filter((status) => total(status) > 0);
  return (
    <div className="stack">
      <div className="figures">
        <Figure value={total('all').toLocaleString('en')} label="runs in 14 days" />
        <Figure
          value={ended === 0 ? '–' : `${((100 * total('succeeded')) / ended).toFixed(1)} %`}
          label="of those that ended by themselves succeeded"
        />
        <Figure value={(total('failed') + total('timedout') + total('invalid')).toLocaleString('en')} label="failed" />
      </div>
      <figure className="day-bars">
        <div className="day-bars-row" aria-hidden="true">
          {counts.map((count, index) => {
            const ofHue = (hue: Hue): number =>
              statusOrder.filter((status) => looks[status].hue === hue).reduce((sum, status) => sum + count[status], 0);
            let below = 0;
            return (
              <svg key={starts[index]} viewBox="0 0 10 100" preserveAspectRatio="none">
                <title>{`${dayName(starts[index] ?? 0)}: ${count.all} runs`}</title>
                {hues.map((hue) => {
                  const part = (100 * ofHue(hue)) / most;
                  below += part;
                  return <rect key={hue} className={`fill-of-${hue}`} x="0" width="10" y={100 - below} height={part} />;
                })}
              </svg>
            );
          })}
        </div>
        <figcaption className="soft small line spread">
          <span>{dayName(starts[0] ?? 0)}</span>
          <span>most on a day: {most.toLocaleString('en')}</span>
          <span>today (UTC)</span>
        </figcaption>
      </figure>
      <div className="table-box">
        <table>
          <thead>
            <tr>
              <th>Day (UTC)</th>
              <th className="number">Runs</th>
              {shown.map((status) => (
                <th key={status} className="number">
                  {looks[status].word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {counts
              .map((count, index) => ({ count, from: starts[index] ?? 0 }))
              .reverse()
              .map(({ count, from }) => (
                <tr key={from}>
                  <td>{dayName(from)}</td>
                  <td className="number">
                    {count.all === 0 ? <span className="soft">0</span> : count.all.toLocaleString('en')}
                  </td>
                  {shown.map((status) => (
                    <td key={status} className="number">
                      {count[status] === 0 ? (
                        <span className="soft">0</span>
                      ) : (
                        <Link
                          to={withQuery(`/team/${encodeURIComponent(team)}/runs`, {
                            workflows: workflow,
                            statuses: status,
                            fromDate: from,
                            toDate: from + dayLength,
                          })}
                        >
                          {count[status].toLocaleString('en')}
                        </Link>
                      )}
                    </td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Figure({ value, label }: { readonly value: string; readonly label: string }) {
  return (
    <div>
      <b>{value}</b>
      <span>{label}</span>
    </div>
  );
}

const dayFormat = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
});

function dayName(from: number): string {
  return dayFormat.format(from);
}
