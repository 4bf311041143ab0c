import { useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import { send, serverNow } from '../../api/client';
import { looks, statusOrder, type Hue } from '../../parts/status';
import { shownTime } from '../../parts/time';
import { countPath, type Filters, periods, startOf } from './filters';

/** One request for each bar. */
const bars = 24;
const hues: readonly Hue[] = ['good', 'bad', 'hold', 'active', 'idle'];
const hueWords: Readonly<Record<Hue, string>> = {
  good: 'succeeded',
  bad: 'failed',
  hold: 'waiting',
  active: 'under way',
  idle: 'other',
};

interface Bar {
  readonly from: number;
  readonly to: number;
}

/** Bars of equal width that end now, or at the end of the list's period; a day if it has none. */
function barsOf(filters: Filters): readonly Bar[] {
  const end = filters.toDate ?? serverNow();
  const start = startOf(filters) ?? end - periods['24h'];
  const width = Math.max(1000, Math.ceil((end - start) / bars / 1000) * 1000);
  // Bars begin at multiples of their width, so that the same ones are asked for again.
  const last = filters.toDate === null ? Math.ceil(end / width) * width : end;
  return Array.from({ length: bars }, (_, index) => {
    const to = last - (bars - 1 - index) * width;
    return { from: to - width, to };
  });
}

interface RunBarsProps {
  readonly team: string;
  readonly filters: Filters;
  readonly onBrush: (from: number, to: number) => void;
}

/** Runs over time, by how they stand. Dragging over bars, or Enter on one, makes their time the list's. */
export function RunBars({ team, filters, onBrush }: RunBarsProps) {
  const all = barsOf(filters);
  const answers = useQueries({
    queries: all.map(({ from, to }, index) => {
      const path = countPath(team, filters, { from, to });
      return {
        // Apart from what events ask for again: 24 requests for each second of events would be too many.
        queryKey: ['bar', path],
        queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
          send<{ readonly status: Record<string, number> }>({ path }, signal),
        refetchInterval: index === bars - 1 ? 5000 : 60_000,
        staleTime: 5000,
      };
    }),
  });
  const [brush, setBrush] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const [at, setAt] = useState(bars - 1);
  const counts = answers.map(({ data }) => byHue(data?.status ?? {}));
  const most = Math.max(1, ...counts.map(({ all: total }) => total));
  const isIn = (index: number): boolean =>
    brush !== null && index >= Math.min(brush.from, brush.to) && index <= Math.max(brush.from, brush.to);
  const finish = (one: number, other: number): void => {
    setBrush(null);
    onBrush(all[Math.min(one, other)]?.from ?? 0, all[Math.max(one, other)]?.to ?? 0);
  };
  return (
    <figure className="bars">
      <div
        className="bars-row"
        role="group"
        aria-label="Runs over time. Arrows move, Enter filters by the time of a bar."
        onPointerLeave={() => setBrush(null)}
        onKeyDown={(event) => {
          const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
          if (step === undefined) return;
          event.preventDefault();
          const next = Math.min(bars - 1, Math.max(0, at + step));
          setAt(next);
          (event.currentTarget.children[next] as HTMLElement).focus();
        }}
      >
        {all.map(({ from, to }, index) => {
          const count = counts[index] ?? byHue({});
          const words = hues.filter((hue) => count[hue] > 0).map((hue) => `${count[hue]} ${hueWords[hue]}`);
          const name = `${shownTime(from)} to ${shownTime(to)}: ${words.join(', ') || 'no runs'}`;
          return (
            <button
              key={from}
              type="button"
              className={`bar-of${isIn(index) ? ' on' : ''}`}
              title={name}
              aria-label={name}
              tabIndex={index === at ? 0 : -1}
              onFocus={() => setAt(index)}
              onPointerDown={() => setBrush({ from: index, to: index })}
              onPointerEnter={() => setBrush((now) => now && { ...now, to: index })}
              onPointerUp={() => brush && finish(brush.from, index)}
              onClick={(event) => event.detail === 0 && finish(index, index)}
            >
              <svg viewBox="0 0 10 100" preserveAspectRatio="none" aria-hidden="true">
                <Stack count={count} most={most} />
              </svg>
            </button>
          );
        })}
      </div>
      <figcaption className="line spread small soft">
        <span>{shownTime(all[0]?.from ?? 0)}</span>
        <span>
          {counts.every(({ all: total }) => total === 0)
            ? 'No runs in this time'
            : `Highest bar: ${most} run${most === 1 ? '' : 's'}`}
        </span>
        <span>{shownTime(all.at(-1)?.to ?? 0)}</span>
      </figcaption>
    </figure>
  );
}

type Counts = Readonly<Record<Hue | 'all', number>>;

function byHue(status: Readonly<Record<string, number>>): Counts {
  const counts = { good: 0, active: 0, bad: 0, hold: 0, idle: 0, all: status['all'] ?? 0 };
  for (const each of statusOrder) counts[looks[each].hue] += status[each] ?? 0;
  return counts;
}

function Stack({ count, most }: { readonly count: Counts; readonly most: number }) {
  let top = 100;
  return hues.map((hue) => {
    const height = (count[hue] / most) * 98;
    top -= height;
    return height > 0 && <rect key={hue} className={`fill-${hue}`} x="1" width="8" y={top} height={height} />;
  });
}
