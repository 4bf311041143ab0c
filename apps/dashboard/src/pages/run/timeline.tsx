import type { TaskRunBody } from '#libs/contracts';
import { Shape } from '../../parts/status';
import { shownDuration, shownTime } from '../../parts/time';
import { type Span, total } from './task-times';

interface TimelineProps {
  readonly tasks: readonly TaskRunBody[];
  readonly spans: ReadonlyMap<string, readonly Span[]>;
  readonly critical: ReadonlySet<string>;
  /** The moment that is shown, in milliseconds since the epoch. */
  readonly now: number;
  readonly startedAt: number;
  readonly selected: string | null;
  readonly onSelect: (task: string) => void;
}

const kindWords: Readonly<Record<Span['kind'], string>> = { queued: 'queued', waiting: 'waited', running: 'ran' };

/** When each task waited and ran. Times that tell nothing (start, end, what was skipped) have no row of their own. */
export function Timeline({ tasks, spans, critical, now, startedAt, selected, onSelect }: TimelineProps) {
  const rows = tasks
    .filter(({ id, type }) => spans.has(id) && type !== 'start' && type !== 'end')
    .sort((one, other) => firstOf(spans, one) - firstOf(spans, other));
  const end = Math.max(startedAt + 1, ...rows.flatMap(({ id }) => (spans.get(id) ?? []).map(({ to }) => to ?? now)));
  const whole = end - startedAt;
  const at = (time: number): string => `${Math.min(99.6, ((Math.max(startedAt, time) - startedAt) / whole) * 100)}%`;
  if (rows.length === 0) return <p className="soft">No task has begun yet.</p>;
  return (
    <div className="timeline">
      <div className="timeline-axis small soft" aria-hidden="true">
        <span />
        <span>
          {[0, 0.25, 0.5, 0.75, 1].map((part) => (
            <i key={part} style={{ left: `${part * 100}%` }}>
              {part === 0 ? shownTime(startedAt) : `+${shownDuration(whole * part)}`}
            </i>
          ))}
        </span>
      </div>
      <ul>
        {rows.map((task) => {
          const own = spans.get(task.id) ?? [];
          const parts = (['queued', 'waiting', 'running'] as const).flatMap((kind) => {
            const took = total(own, kind, now);
            return took > 0 ? [`${kindWords[kind]} ${shownDuration(took)}`] : [];
          });
          const isCritical = critical.has(task.name);
          return (
            <li key={task.id}>
              <button
                type="button"
                className={`timeline-row${isCritical ? ' critical' : ''}`}
                aria-pressed={task.name === selected}
                aria-label={`${task.name}: ${task.status}, ${parts.join(', ')}${isCritical ? ', on the critical path' : ''}`}
                title={parts.join(', ')}
                onClick={() => onSelect(task.name)}
              >
                <span className="timeline-name">
                  <Shape status={task.status} /> <span className="cut">{task.name}</span>
                </span>
                <svg className={`timeline-bar status-${task.status}`} aria-hidden="true" width="100%" height="20">
                  {own.map(({ kind, from, to }) => (
                    <rect
                      key={`${kind} ${from}`}
                      className={`span-${kind}`}
                      x={at(from)}
                      width={`${Math.max(0.4, (((to ?? now) - Math.max(from, startedAt)) / whole) * 100)}%`}
                      y={kind === 'running' ? 3 : 7}
                      height={kind === 'running' ? 14 : 6}
                    />
                  ))}
                </svg>
              </button>
            </li>
          );
        })}
      </ul>
      <p className="line small soft">
        <Key className="span-queued" word="queued" />
        <Key className="span-waiting" word="waits" />
        <Key className="span-running" word="runs" />
        <span className="line tight">
          <i className="critical-mark" /> critical path
        </span>
      </p>
    </div>
  );
}

function Key({ className, word }: { readonly className: string; readonly word: string }) {
  return (
    <span className="line tight">
      <svg className="timeline-bar status-running" width="20" height="12" aria-hidden="true">
        <rect className={className} y="1" width="20" height="10" />
      </svg>
      {word}
    </span>
  );
}

function firstOf(spans: ReadonlyMap<string, readonly Span[]>, { id }: TaskRunBody): number {
  return spans.get(id)?.[0]?.from ?? Infinity;
}

/** Lines for the bars of what waits; once in the page. */
export function Hatches() {
  return (
    <svg width="0" height="0" style={{ position: 'absolute' }} aria-hidden="true">
      <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="2.4" height="6" fill="var(--hold)" />
      </pattern>
    </svg>
  );
}
