import type { TaskRunBody } from '#libs/contracts';
import { Id } from '../../parts/id';
import { Json } from '../../parts/json';
import { Sentence } from '../../parts/sentence';
import { isOver, StatusMark } from '../../parts/status';
import { shownDuration, Time } from '../../parts/time';
import { Link } from '../../router';
import { TaskLog } from './task-log';
import { type Span, total } from './task-times';

/** Types whose tasks agents execute, and which therefore write a log. */
const logged: ReadonlySet<string> = new Set(['template', 'script', 'custom', 'generic']);

interface TaskPanelProps {
  readonly team: string;
  readonly task: TaskRunBody;
  readonly spans: readonly Span[] | undefined;
  readonly now: number;
  readonly mayReadLog: boolean;
}

export function TaskPanel({ team, task, spans, now, mayReadLog }: TaskPanelProps) {
  const child = task.results.find(({ name }) => name === 'workflowRunRef')?.value;
  return (
    <section className="stack" aria-label={`Task ${task.name}`}>
      <div className="line">
        <h2>{task.name}</h2>
        <StatusMark status={task.status} />
        <span className="soft">{task.type}</span>
      </div>
      {task.statusMessage !== undefined && (
        <p className={`note ${['failed', 'invalid', 'timedout'].includes(task.status) ? 'bad' : ''}`}>
          <Sentence text={task.statusMessage} />
        </p>
      )}
      {logged.has(task.type) && mayReadLog && task.startTime !== undefined && (
        <TaskLog key={task.id} taskRunId={task.id} name={task.name} isOpen={!isOver(task.status)} />
      )}
      <dl className="facts">
        <dt>Started</dt>
        <dd>
          <Time at={task.startTime} />
        </dd>
        <dt>Queued, waited, ran</dt>
        <dd>
          {(['queued', 'waiting', 'running'] as const).map((kind) => shownDuration(total(spans, kind, now))).join(', ')}
        </dd>
        <dt>Id</dt>
        <dd>
          <Id id={task.id} what="task id" />
        </dd>
        {task.agentRef !== undefined && (
          <>
            <dt>Agent</dt>
            <dd>
              <Id id={task.agentRef} what="agent id" />
            </dd>
          </>
        )}
        {typeof child === 'string' && (
          <>
            <dt>Its run</dt>
            <dd>
              <Link to={`/team/${encodeURIComponent(team)}/runs/${child}`}>{child}</Link>
            </dd>
          </>
        )}
      </dl>
      <Named title="Params" items={task.params} />
      <Named title="Results" items={task.results} />
    </section>
  );
}

interface NamedProps {
  readonly title: string;
  readonly items: readonly { readonly name: string; readonly value?: unknown }[];
}

export function Named({ title, items }: NamedProps) {
  if (items.length === 0) return null;
  return (
    <section className="stack" style={{ gap: 'var(--space-1)' }}>
      <h3 className="small">{title}</h3>
      <dl className="facts">
        {items.map(({ name, value }) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt className="mono">{name}</dt>
            <dd>
              <Json value={value} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
