import type { HistoryEventBody, WorkflowDefinition, WorkflowRunBody } from '#libs/contracts';
import { lazy, Suspense, useCallback, useMemo } from 'react';
import { useLive } from '../../api/live';
import { runPath, withQuery, workflowPath } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { useKeys } from '../../frame/keys';
import type { PageProps } from '../../page-props';
import { Curl } from '../../parts/curl';
import { Id } from '../../parts/id';
import { Loaded } from '../../parts/states';
import { isOver, StatusMark } from '../../parts/status';
import { shownDuration, Time, useNow } from '../../parts/time';
import { addressWith, Link, navigate, openList, useSearch } from '../../router';
import { useMay } from '../../session/session';
import { Decisions } from './decisions';
import { EventList } from './event-list';
import { sentenceOf } from './event-words';
import { Explanation } from './explanation';
import { RunActions } from './run-actions';
import { RunPanel } from './run-panel';
import { TaskPanel } from './task-panel';
import { TaskTable } from './task-table';
import { criticalPath, edgesOf, spansOf } from './task-times';
import { Hatches, Timeline } from './timeline';
import { TimeTravel } from './time-travel';
import { useRunEvents } from './use-run-events';
import './run.css';

const RunGraph = lazy(async () => ({ default: (await import('./run-graph')).RunGraph }));

const views = { timeline: 'Timeline', graph: 'Graph', tasks: 'Tasks' } as const;
const sides = { task: 'Task', events: 'Events', run: 'Run' } as const;
type View = keyof typeof views;
type Side = keyof typeof sides;

/** A run, as it is or as it was after one of its events (`?v=`). */
export function RunPage({ team, values }: PageProps) {
  const id = values['run'] ?? '';
  const path = runPath(team, id);
  const run = useApi<WorkflowRunBody>(path);
  useLive(`${path}/events`, [path]);
  return (
    <Loaded answer={run} what="the run">
      {(found) => <RunView team={team} run={found} readAt={run.dataUpdatedAt} />}
    </Loaded>
  );
}

function useTeller(run: WorkflowRunBody): (event: HistoryEventBody) => string {
  return useMemo(() => {
    const names = new Map((run.tasks ?? []).map(({ id, name }) => [id, name]));
    return (event) => sentenceOf(event, names);
    // The names of the tasks never change.
  }, [run.tasks]);
}

function RunView({
  team,
  run,
  readAt,
}: {
  readonly team: string;
  readonly run: WorkflowRunBody;
  readonly readAt: number;
}) {
  const [search, change] = useSearch();
  const may = useMay(team);
  const path = runPath(team, run.id);
  const history = useRunEvents(team, run.id);
  const allEvents = history.data?.events ?? none;
  const version = versionIn(search.get('v'), allEvents.length);
  const past = useApi<WorkflowRunBody>(version === null ? null : withQuery(path, { version }), { freshFor: Infinity });
  const definition = useApi<WorkflowDefinition>(
    may('workflow/read') ? withQuery(workflowPath(team, run.workflowRef), { version: run.workflowVersion }) : null,
    { freshFor: Infinity },
  );
  const shown = version !== null && past.data ? past.data : run;
  const events = useMemo(() => (version === null ? allEvents : allEvents.slice(0, version)), [allEvents, version]);
  const tell = useTeller(run);
  const clock = useNow(version === null && !isOver(run.status));
  const now = version === null ? clock : Date.parse(allEvents[version - 1]?.time ?? run.creationDate);
  const tasks = shown.tasks ?? [];
  const edges = useMemo(() => edgesOf(definition.data), [definition.data]);
  const spans = useMemo(() => spansOf(events), [events]);
  const critical = useMemo(() => criticalPath(tasks, edges, spans), [tasks, edges, spans]);
  const view = keyIn(views, search.get('view'), 'timeline');
  const wantedTask = search.get('task');
  const task = tasks.find(({ name }) => name === (wantedTask ?? firstToShow(tasks)));
  const side = keyIn(sides, search.get('side'), version === null ? 'task' : 'events');
  const select = useCallback((name: string) => change({ task: name, side: 'task' }, { replace: true }), [change]);
  const travel = useCallback(
    (to: number | null) =>
      change({ v: to === null ? null : String(to), ...(to !== null && { side: 'events' }) }, { replace: true }),
    [change],
  );
  const list = openList();
  const place = list.indexOf(location.pathname);
  const open = (index: number): void => {
    const to = list[index];
    if (to !== undefined) navigate(to, { list });
  };
  useKeys([
    { keys: 't', does: 'Timeline', run: () => change({ view: null }) },
    { keys: 'd', does: 'Graph', run: () => change({ view: 'graph' }) },
    { keys: 'b', does: 'Table of tasks', run: () => change({ view: 'tasks' }) },
    { keys: 'e', does: 'Events', run: () => change({ side: 'events' }) },
    { keys: 'l', does: 'The task and its log', run: () => change({ side: 'task' }) },
    { keys: 'i', does: 'Params, results and labels', run: () => change({ side: 'run' }) },
    ...(place < 0
      ? []
      : [
          { keys: '[', does: 'Previous run of the list', run: () => open(place - 1) },
          { keys: ']', does: 'Next run of the list', run: () => open(place + 1) },
        ]),
  ]);
  const startedAt = Date.parse(run.startTime ?? run.creationDate);
  const selected = task?.name ?? null;
  const shared = { tasks, spans, critical, now, selected, onSelect: select };
  return (
    <div className="stack run">
      <Hatches />
      <header className="stack" style={{ gap: 'var(--space-2)' }}>
        <div className="line spread">
          <div className="line">
            <Link className="crumb" to={`/team/${encodeURIComponent(team)}/runs`}>
              Runs /
            </Link>
            <h1>{run.workflowDisplayName ?? run.workflowName ?? 'Run'}</h1>
            <StatusMark status={shown.status} awaitsApproval={shown.awaitingApproval} />
            <Id id={run.id} what="run id" />
          </div>
          <div className="line tight">
            <Curl requests={requestsOf(path, version)} />
            <RunActions team={team} run={run} />
          </div>
        </div>
        <p className="line soft">
          <span>
            trigger {run.trigger}
            {run.initiatedByUserName !== undefined && <>, by {run.initiatedByUserName}</>}
          </span>
          <span>
            created <Time at={run.creationDate} />
          </span>
          <span>
            took{' '}
            {shownDuration(
              version === null && !isOver(run.status) && run.startTime !== undefined
                ? run.duration + Math.max(0, Date.now() - readAt)
                : shown.duration,
            )}
          </span>
          {allEvents[0]?.reason !== undefined && <span>“{allEvents[0].reason}”</span>}
        </p>
      </header>
      {version === null ? (
        <>
          <Explanation team={team} run={run} onSelect={select} />
          {run.awaitingApproval && <Decisions team={team} run={run} />}
        </>
      ) : (
        <p className="note past" role="status">
          As it was after event {version} of {allEvents.length}, at <Time at={allEvents[version - 1]?.time} />:{' '}
          <b>{shown.status}</b>.{' '}
          <button type="button" className="as-link" onClick={() => travel(null)}>
            Back to now
          </button>
        </p>
      )}
      {allEvents.length > 0 && <TimeTravel events={allEvents} version={version} onChange={travel} describe={tell} />}
      <div className="run-columns">
        <div className="stack">
          <nav className="tabs" aria-label="Views of the tasks">
            {(Object.keys(views) as View[]).map((each) => (
              <Link
                key={each}
                to={addressWith({ view: each === 'timeline' ? null : each })}
                {...(each === view && { 'aria-current': 'page' })}
              >
                {views[each]}
              </Link>
            ))}
          </nav>
          {view === 'timeline' && (
            <Loaded answer={history} what="the events">
              {() => <Timeline {...shared} startedAt={startedAt} />}
            </Loaded>
          )}
          {view === 'graph' && (
            <Suspense fallback={<p className="loading">Loading the graph …</p>}>
              <RunGraph {...shared} edges={edges} />
              {edges.length === 0 && !definition.isPending && (
                <p className="soft">The workflow’s definition cannot be read, so the dependencies are not drawn.</p>
              )}
            </Suspense>
          )}
          {view === 'tasks' && <TaskTable {...shared} />}
        </div>
        <div className="stack side">
          <nav className="tabs" aria-label="Details">
            {(Object.keys(sides) as Side[]).map((each) => (
              <Link key={each} to={addressWith({ side: each })} {...(each === side && { 'aria-current': 'page' })}>
                {sides[each]}
                {each === 'task' && selected !== null && <span className="soft"> {selected}</span>}
                {each === 'events' && <span className="soft"> {allEvents.length}</span>}
              </Link>
            ))}
          </nav>
          {side === 'task' &&
            (task ? (
              <TaskPanel
                team={team}
                task={task}
                spans={spans.get(task.id)}
                now={now}
                mayReadLog={may('taskrun/read')}
              />
            ) : (
              <p className="soft">Choose a task to see its log, params and results.</p>
            ))}
          {side === 'events' && (
            <Loaded answer={history} what="the events">
              {({ isCut }) => (
                <>
                  <EventList
                    team={team}
                    run={run.id}
                    events={allEvents}
                    version={version}
                    describe={tell}
                    onChoose={travel}
                  />
                  {isCut && (
                    <p className="note">
                      The page shows the first {allEvents.length.toLocaleString('en')} events; the API has the others.
                    </p>
                  )}
                </>
              )}
            </Loaded>
          )}
          {side === 'run' && <RunPanel team={team} run={shown} events={allEvents} />}
        </div>
      </div>
    </div>
  );
}

const none: readonly HistoryEventBody[] = [];

function versionIn(text: string | null, last: number): number | null {
  const version = text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
  return version === null || version < 1 || last === 0 ? null : Math.min(version, last);
}

function keyIn<Known extends object>(known: Known, text: string | null, fallback: keyof Known): keyof Known {
  return text !== null && text in known ? (text as keyof Known) : fallback;
}

/** What a reader most probably looks for: a failed task, else one that runs or waits, else the last that did something. */
function firstToShow(tasks: NonNullable<WorkflowRunBody['tasks']>): string | undefined {
  const by = (...statuses: string[]) => tasks.find(({ status }) => statuses.includes(status));
  const own = by('failed', 'invalid', 'timedout') ?? by('running') ?? by('waiting', 'ready');
  const last = tasks.findLast(({ type, status }) => !['start', 'end'].includes(type) && status === 'succeeded');
  return (own ?? last)?.name;
}

function requestsOf(path: string, version: number | null) {
  return [
    { path: withQuery(path, { version: version ?? undefined }) },
    { path: `${path}/events` },
    { path: `${path}/explain` },
    ...(version !== null && version > 1
      ? [{ path: withQuery(`${path}/diff`, { from: version - 1, to: version }) }]
      : []),
  ];
}
