import { useState } from 'react';
import { zoneName } from './time';

/** `2026-11-30T14:05`, as the browser's field wants it, in the viewer's zone; empty if it is no time. */
export function toLocalField(iso: string | undefined): string {
  const at = Date.parse(iso ?? '');
  if (Number.isNaN(at)) return '';
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 19);
}

interface LocalTimeFieldProps {
  readonly label: string;
  /** ISO 8601 in UTC; absent: no time. */
  readonly value: string | undefined;
  readonly onChange: (value: string | null) => void;
}

/** A moment that is entered in the viewer's zone, and kept in UTC. */
export function LocalTimeField({ label, value, onChange }: LocalTimeFieldProps) {
  const [text, setText] = useState({ from: value, shown: toLocalField(value) });
  if (text.from !== value) setText({ from: value, shown: toLocalField(value) });
  const apply = (): void => {
    const at = Date.parse(text.shown);
    const next = Number.isNaN(at) ? null : new Date(at).toISOString();
    if (toLocalField(next ?? undefined) !== toLocalField(value)) onChange(next);
  };
  return (
    <label className="field">
      <span>
        {label} <span className="soft small">({zoneName})</span>
      </span>
      <input
        type="datetime-local"
        step="1"
        value={text.shown}
        onChange={(event) => setText({ from: value, shown: event.target.value })}
        onBlur={apply}
        onKeyDown={(event) => event.key === 'Enter' && apply()}
      />
    </label>
  );
}
