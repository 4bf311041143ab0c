import type { InsightsPeriodBody, PercentilesBody } from '#libs/contracts';
import { shownDuration } from '../../parts/time';
import { ChartEnds, type Slot } from './slot';

/** Told apart by their dashes as well. */
const lines = ['median', 'p95', 'p99'] as const;
const height = 100;

interface LengthChartProps {
  readonly title: string;
  readonly slots: readonly Slot[];
  readonly lengths: (figures: InsightsPeriodBody) => PercentilesBody;
}

/** Percentiles period by period, on a scale of square roots: the median stays visible beside a long p99. */
export function LengthChart({ title, slots, lengths }: LengthChartProps) {
  const values = slots.map(({ figures }) => (figures ? lengths(figures) : null));
  const most = Math.max(1, ...values.map((value) => value?.p99 ?? 0));
  const y = (length: number): number => height - Math.sqrt(length / most) * (height - 4) - 2;
  return (
    <figure className="insight-chart">
      <figcaption className="line spread">
        {title}
        <span className="line tight soft small">
          {lines.map((line) => (
            <span key={line} className="line tight">
              <svg width="22" height="8" aria-hidden="true">
                <path className={`length-line of-${line}`} d="M0 4h22" />
              </svg>
              {line === 'median' ? 'p50' : line}
            </span>
          ))}
        </span>
      </figcaption>
      <svg
        className="length-lines"
        viewBox={`0 0 ${slots.length * 10} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: p50, p95 and p99 of each period; the table below has the numbers.`}
      >
        {lines.map((line) => (
          <path
            key={line}
            className={`length-line of-${line}`}
            d={pathOf(values.map((value) => (value ? y(value[line]) : null)))}
          />
        ))}
        {slots.map(({ start, name }, index) => {
          const value = values[index];
          return (
            <rect key={start} className="length-hover" x={index * 10} width="10" y="0" height={height}>
              <title>
                {value
                  ? `${name}: p50 ${shownDuration(value.median)}, p95 ${shownDuration(value.p95)}, p99 ${shownDuration(value.p99)}`
                  : `${name}: no runs`}
              </title>
            </rect>
          );
        })}
      </svg>
      <ChartEnds slots={slots} middle={`highest p99: ${shownDuration(most)}`} />
    </figure>
  );
}

/** Steps through the periods; a gap where one has no runs. */
function pathOf(heights: readonly (number | null)[]): string {
  return heights
    .map((at, index) => {
      if (at === null) return '';
      const before = heights[index - 1] ?? null;
      return `${before === null ? `M${index * 10}` : `L${index * 10}`} ${at.toFixed(1)}H${index * 10 + 10}`;
    })
    .join('');
}
