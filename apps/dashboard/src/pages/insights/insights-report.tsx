import type { InsightsBody, InsightsPeriodBody } from '#libs/contracts';
import { serverNow } from '../../api/client';
import { teamPath, withQuery } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { Behind } from '../../parts/behind';
import { Loaded, State } from '../../parts/states';
import { type Hue, looks, type Status, statusOrder } from '../../parts/status';
import { shownDuration } from '../../parts/time';
import { Link, useSearch } from '../../router';
import { FailureTable } from './failure-table';
import { LengthChart } from './length-chart';
import { ChartEnds, type Slot } from './slot';
import './insights.css';

const hour = 3_600_000;
const day = 24 * hour;
const week = 7 * day;

/** How far back, in which periods. Weeks begin on Mondays; the epoch was a Thursday. */
const spans = {
  day: { word: 'Last 24 hours', period: 'hour', length: hour, origin: 0, count: 24 },
  week: { word: 'Last 7 days', period: 'day', length: day, origin: 0, count: 7 },
  fortnight: { word: 'Last 14 days', period: 'day', length: day, origin: 0, count: 14 },
  quarter: { word: 'Last 13 weeks', period: 'week', length: week, origin: 4 * day, count: 13 },
} as const;
type Span = keyof typeof spans;

/** From the bottom of a bar to its top. */
const hues: readonly Hue[] = ['good', 'idle', 'bad'];

interface ReportProps {
  readonly team: string;
  /** Absent: all of the team. */
  readonly workflow?: string;
}

/** Finished runs by when they were created: how they ended, how long they took and waited, why they failed. */
export function InsightsReport({ team, workflow }: ReportProps) {
  const [search, change] = useSearch();
  const chosen = search.get('span');
  const span: Span = chosen !== null && chosen in spans ? (chosen as Span) : 'fortnight';
  const { period, length, origin, count } = spans[span];
  const to = Math.ceil((serverNow() - origin) / length) * length + origin;
  const from = to - count * length;
  const path = withQuery(`${teamPath(team)}/insights`, { period, fromDate: from, toDate: to, workflows: workflow });
  const answer = useApi<InsightsBody>(path, { every: 15_000 });
  return (
    <div className="stack insights">
      <label className="line tight">
        <span className="soft">Runs created in the</span>
        <select value={span} onChange={(event) => change({ span: event.target.value })}>
          {(Object.keys(spans) as Span[]).map((each) => (
            <option key={each} value={each}>
              {spans[each].word}
            </option>
          ))}
        </select>
      </label>
      <Loaded answer={answer} what="the insights">
        {(insights) =>
          insights.totalRuns === 0 ? (
            <State title="No run has finished">
              <p>Of the runs that were created in this time, none has finished yet.</p>
              <Behind view={insights} />
            </State>
          ) : (
            <Report
              team={team}
              workflow={workflow}
              insights={insights}
              slots={slotsOf(
                insights,
                Array.from({ length: count }, (_, index) => from + index * length),
                length,
              )}
            />
          )
        }
      </Loaded>
    </div>
  );
}

function slotsOf({ period, periods }: InsightsBody, starts: readonly number[], length: number): Slot[] {
  const known = new Map(periods.map((figures) => [Date.parse(figures.start), figures]));
  return starts.map((start) => ({
    start,
    end: start + length,
    name: (period === 'hour' ? hourFormat : dayFormat).format(start),
    figures: known.get(start) ?? null,
  }));
}

const hourFormat = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
});
/** Days and weeks are those of UTC. */
const dayFormat = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
});

interface PartProps {
  readonly team: string;
  readonly workflow: string | undefined;
  readonly insights: InsightsBody;
  readonly slots: readonly Slot[];
}

function Report({ team, workflow, insights, slots }: PartProps) {
  const { totalRuns, status, successRate, duration, queueing } = insights;
  const failed = (status['failed'] ?? 0) + (status['timedout'] ?? 0) + (status['invalid'] ?? 0);
  return (
    <>
      <div className="figures">
        <Figure value={totalRuns.toLocaleString('en')} label="runs have finished" />
        <Figure value={shownShare(successRate)} label="of those that ended by themselves succeeded" />
        <Figure value={failed.toLocaleString('en')} label="failed" />
        <Figure value={shownDuration(duration.median)} label="from start to end, p50" />
        <Figure value={shownDuration(duration.p95)} label="from start to end, p95" />
        <Figure value={shownDuration(duration.p99)} label="from start to end, p99" />
        <Figure value={shownDuration(queueing.median)} label="from submit to start, p50" />
        <Figure value={shownDuration(queueing.p95)} label="from submit to start, p95" />
      </div>
      <Behind view={insights} />
      <div className="insight-charts">
        <OutcomeBars slots={slots} />
        <LengthChart title="From start to end" slots={slots} lengths={({ duration: lengths }) => lengths} />
        <LengthChart title="From submit to start" slots={slots} lengths={({ queueing: lengths }) => lengths} />
      </div>
      <FailureTable team={team} insights={insights} />
      <PeriodTable team={team} workflow={workflow} insights={insights} slots={slots} />
    </>
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

function OutcomeBars({ slots }: { readonly slots: readonly Slot[] }) {
  const most = Math.max(1, ...slots.map(({ figures }) => figures?.totalRuns ?? 0));
  return (
    <figure className="insight-chart">
      <figcaption>How they ended</figcaption>
      <div
        className="insight-bars"
        role="img"
        aria-label="How the runs of each period ended; the table below has the numbers."
      >
        {slots.map(({ start, name, figures }) => {
          let below = 0;
          return (
            <svg key={start} viewBox="0 0 10 100" preserveAspectRatio="none">
              <title>{`${name}: ${figures?.totalRuns ?? 0} runs`}</title>
              {hues.map((hue) => {
                const part = (100 * runsOfHue(figures, hue)) / most;
                below += part;
                return (
                  <rect key={hue} className={`fill-of-${hue}`} x="0.6" width="8.8" y={100 - below} height={part} />
                );
              })}
            </svg>
          );
        })}
      </div>
      <ChartEnds slots={slots} middle={`highest bar: ${most.toLocaleString('en')}`} />
    </figure>
  );
}

function runsOfHue(figures: InsightsPeriodBody | null, hue: Hue): number {
  return statusOrder
    .filter((status) => looks[status].hue === hue)
    .reduce((sum, status) => sum + (figures?.status[status] ?? 0), 0);
}

/** The numbers behind the charts; each leads to its runs. */
function PeriodTable({ team, workflow, insights, slots }: PartProps) {
  const shown = statusOrder.filter((status) => (insights.status[status] ?? 0) > 0);
  const address = (slot: Slot, status: Status): string =>
    withQuery(`/team/${encodeURIComponent(team)}/runs`, {
      workflows: workflow,
      statuses: status,
      fromDate: slot.start,
      toDate: slot.end,
    });
  return (
    <div className="table-box">
      <table>
        <thead>
          <tr>
            <th rowSpan={2}>
              {insights.period === 'hour' ? 'Hour' : insights.period === 'day' ? 'Day (UTC)' : 'Week from (UTC)'}
            </th>
            <th rowSpan={2} className="number">
              Succeeded
            </th>
            <th colSpan={shown.length} className="number">
              Runs
            </th>
            <th colSpan={3} className="number">
              Start to end
            </th>
            <th colSpan={3} className="number">
              Submit to start
            </th>
          </tr>
          <tr>
            {shown.map((status) => (
              <th key={status} className="number">
                {looks[status].word}
              </th>
            ))}
            {['duration', 'queueing'].flatMap((measure) =>
              ['p50', 'p95', 'p99'].map((name) => (
                <th key={`${measure} ${name}`} className="number">
                  {name}
                </th>
              )),
            )}
          </tr>
        </thead>
        <tbody>
          {slots
            .flatMap((slot) => (slot.figures ? [{ slot, figures: slot.figures }] : []))
            .reverse()
            .map(({ slot, figures }) => (
              <tr key={slot.start}>
                <td>{slot.name}</td>
                <td className="number">{shownShare(figures.successRate)}</td>
                {shown.map((status) => {
                  const runs = figures.status[status] ?? 0;
                  return (
                    <td key={status} className="number">
                      {runs === 0 ? (
                        <span className="soft">0</span>
                      ) : (
                        <Link to={address(slot, status)}>{runs.toLocaleString('en')}</Link>
                      )}
                    </td>
                  );
                })}
                {[figures.duration, figures.queueing].flatMap(({ median, p95, p99 }, measure) =>
                  [median, p95, p99].map((length, index) => (
                    <td key={`${measure} ${index}`} className="number">
                      {shownDuration(length)}
                    </td>
                  )),
                )}
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

function shownShare(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(1)} %`;
}
