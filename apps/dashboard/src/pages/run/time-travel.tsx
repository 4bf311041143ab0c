import type { HistoryEventBody } from '#libs/contracts';
import { useEffect, useState } from 'react';
import { useKeys } from '../../frame/keys';
import { Icon } from '../../parts/icon';
import { Time } from '../../parts/time';

interface TimeTravelProps {
  readonly events: readonly HistoryEventBody[];
  /** The version that is shown; null: as it is now. */
  readonly version: number | null;
  readonly onChange: (version: number | null) => void;
  readonly describe: (event: HistoryEventBody) => string;
}

/** Milliseconds that each event stays while it plays. */
const beat = 700;

/** A slider over the run's events. All of the page shows the run as it was after the event. */
export function TimeTravel({ events, version, onChange, describe }: TimeTravelProps) {
  const [plays, setPlays] = useState(false);
  const last = events.at(-1)?.version ?? 1;
  const at = version ?? last;
  const event = events[at - 1];
  const step = (by: number): void => {
    setPlays(false);
    onChange(Math.min(last, Math.max(1, at + by)));
  };
  const play = (): void => {
    if (!plays && at >= last) onChange(1);
    setPlays(!plays);
  };
  const now = (): void => {
    setPlays(false);
    onChange(null);
  };
  useEffect(() => {
    if (!plays) return;
    if (at >= last) {
      setPlays(false);
      return;
    }
    const timer = setTimeout(() => onChange(at + 1), beat);
    return () => clearTimeout(timer);
  }, [plays, at, last, onChange]);
  useKeys([
    { keys: ',', does: 'Event before', run: () => step(-1) },
    { keys: '.', does: 'Event after', run: () => step(1) },
    { keys: 'p', does: 'Play the events', run: play },
    { keys: 'n', does: 'Back to now', run: now },
  ]);
  return (
    <section className={`travel${version === null ? '' : ' past'}`} aria-label="Time travel">
      <div className="line tight" style={{ flexWrap: 'nowrap' }}>
        <button
          type="button"
          className="button plain square"
          onClick={() => step(-1)}
          disabled={at <= 1}
          title="Event before ( , )"
        >
          <Icon name="back" />
          <span className="hidden-name">Event before</span>
        </button>
        <button
          type="button"
          className="button plain square"
          onClick={play}
          title={plays ? 'Pause (p)' : 'Play the events (p)'}
        >
          <Icon name={plays ? 'pause' : 'play'} />
          <span className="hidden-name">{plays ? 'Pause' : 'Play the events'}</span>
        </button>
        <button
          type="button"
          className="button plain square"
          onClick={() => step(1)}
          disabled={at >= last}
          title="Event after ( . )"
        >
          <Icon name="forward" />
          <span className="hidden-name">Event after</span>
        </button>
      </div>
      <input
        type="range"
        min={1}
        max={last}
        value={at}
        aria-label="Event"
        aria-valuetext={event ? `${at} of ${last}: ${describe(event)}` : `${at} of ${last}`}
        onChange={({ target }) => {
          setPlays(false);
          onChange(Number(target.value));
        }}
      />
      <span className="travel-what small cut">
        <b>
          {at}/{last}
        </b>{' '}
        {event && (
          <>
            <Time at={event.time} /> <span className="soft">{describe(event)}</span>
          </>
        )}
      </span>
      <button type="button" className="button" onClick={now} disabled={version === null} title="Back to now (n)">
        Now
      </button>
    </section>
  );
}
