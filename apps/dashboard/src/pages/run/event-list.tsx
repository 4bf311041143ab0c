import type { HistoryEventBody, RunDifferenceBody } from '#libs/contracts';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { runPath, withQuery } from '../../api/paths';
import { useApi } from '../../api/use-api';
import { Id } from '../../parts/id';
import { Json } from '../../parts/json';
import { Loaded } from '../../parts/states';
import { Time } from '../../parts/time';
import { actorOf } from './event-words';

interface EventListProps {
  readonly team: string;
  readonly run: string;
  readonly events: readonly HistoryEventBody[];
  readonly version: number | null;
  readonly describe: (event: HistoryEventBody) => string;
  readonly onChoose: (version: number) => void;
}

const rowHeight = 42;

/** Every event: what, when, who and why. The chosen one is the moment that the page shows, with what it changed. */
export function EventList({ team, run, events, version, describe, onChoose }: EventListProps) {
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: events.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const chosen = version === null ? undefined : events[version - 1];
  useEffect(() => {
    if (version !== null) rows.scrollToIndex(version - 1, { align: 'auto' });
  }, [version, rows]);
  return (
    <div className="stack">
      <div ref={box} className="event-list" tabIndex={0} role="region" aria-label="Events of the run">
        <ol style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const event = events[index];
            if (!event) return null;
            const isJoined = events[index - 1]?.commandId === event.commandId;
            return (
              <li
                key={event.version}
                style={{
                  position: 'absolute',
                  top: 0,
                  left: 0,
                  right: 0,
                  height: rowHeight,
                  transform: `translateY(${start}px)`,
                }}
              >
                <button
                  type="button"
                  className={`event${isJoined ? ' joined' : ''}${version !== null && event.version > version ? ' later' : ''}`}
                  aria-pressed={event.version === version}
                  onClick={() => onChoose(event.version)}
                >
                  <span className="event-number">{event.version}</span>
                  <span className="cut">
                    {describe(event)}
                    <br />
                    <span className="small soft">
                      <Time at={event.time} /> {actorOf(event)}
                      {event.reason !== undefined && <> “{event.reason}”</>}
                    </span>
                  </span>
                </button>
              </li>
            );
          })}
        </ol>
      </div>
      {chosen && <EventDetail team={team} run={run} event={chosen} />}
    </div>
  );
}

function EventDetail({
  team,
  run,
  event,
}: {
  readonly team: string;
  readonly run: string;
  readonly event: HistoryEventBody;
}) {
  const { version } = event;
  const path = version > 1 ? withQuery(`${runPath(team, run)}/diff`, { from: version - 1, to: version }) : null;
  const difference = useApi<RunDifferenceBody>(path, { freshFor: Infinity });
  return (
    <section className="stack" aria-label={`Event ${version}`}>
      <h2>
        Event {version}: <code>{event.type}</code>
      </h2>
      <dl className="facts">
        <dt>Who</dt>
        <dd>
          {event.actor.name ?? ''} <code className="soft">{event.actor.id}</code>
        </dd>
        <dt>Why</dt>
        <dd>{event.reason ?? <span className="soft">no reason given</span>}</dd>
        <dt>Command</dt>
        <dd>
          {event.action} {event.address !== undefined && <span className="soft">from {event.address}</span>}
        </dd>
        <dt>When</dt>
        <dd>
          <Time at={event.time} />
        </dd>
        <dt>Position</dt>
        <dd>{event.position.toLocaleString('en')}</dd>
        {event.requestId !== undefined && (
          <>
            <dt>Request</dt>
            <dd>
              <Id id={event.requestId} what="request id" />
            </dd>
          </>
        )}
      </dl>
      {path === null ? (
        <Json value={event.data} />
      ) : (
        <Loaded answer={difference} what="what it changed">
          {({ changes, total }) => (
            <div className="stack">
              <h3 className="small">
                {total === 0
                  ? 'It changed nothing that answers show.'
                  : `${total} field${total === 1 ? '' : 's'} changed`}
              </h3>
              <dl className="changes">
                {changes.slice(0, 100).map(({ path: field, before, after }) => (
                  <div key={field}>
                    <dt>
                      <code>{field}</code>
                    </dt>
                    {before !== undefined && (
                      <dd className="before">
                        <span className="hidden-name">before</span> − {shown(before)}
                      </dd>
                    )}
                    {after !== undefined && (
                      <dd className="after">
                        <span className="hidden-name">after</span> + {shown(after)}
                      </dd>
                    )}
                  </div>
                ))}
              </dl>
            </div>
          )}
        </Loaded>
      )}
    </section>
  );
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
