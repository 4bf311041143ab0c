import { useEffect, useState } from 'react';
import { serverNow } from '../api/client';

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const withDay = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
});
const withYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short', hour12: false });

/** The viewer's time zone, as its clock shows it. */
export const zoneName =
  new Intl.DateTimeFormat('en', { timeZoneName: 'short' })
    .formatToParts(new Date())
    .find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC';

export function shownTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  const today = new Date();
  if (date.toDateString() === today.toDateString()) return clock.format(date);
  return (date.getFullYear() === today.getFullYear() ? withDay : withYear).format(date);
}

/** A moment in the viewer's zone; hovering shows it exactly, in UTC. */
export function Time({ at }: { readonly at: string | number | undefined }) {
  if (at === undefined) return <span className="soft">–</span>;
  const milliseconds = typeof at === 'number' ? at : Date.parse(at);
  const utc = new Date(milliseconds).toISOString();
  return (
    <time dateTime={utc} title={`${utc.replace('T', ' ').replace('Z', '')} UTC`}>
      {shownTime(milliseconds)}
    </time>
  );
}

/** `122 ms`, `1.2 s`, `4 min 03 s`, `2 h 05 min`, `3 d 4 h`. */
export function shownDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${two((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

/** The server's time, once a second while `runs`. */
export function useNow(runs: boolean): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(() => setNow(serverNow()), 1000);
    return () => clearInterval(timer);
  }, [runs]);
  return now;
}
