import { useState } from 'react';
import { Icon } from './icon';

/** An id cut in its middle: ids made at one time begin alike. */
export function shortId(id: string): string {
  return id.length > 20 ? `${id.slice(0, 4)}…${id.slice(-12)}` : id;
}

export function Copy({ text, what }: { readonly text: string; readonly what: string }) {
  const [isDone, setDone] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <button type="button" className="copy" title={`Copy ${what}`} onClick={() => void copy()}>
      <Icon name={isDone ? 'check' : 'copy'} />
      <span className="hidden-name" aria-live="polite">
        {isDone ? `${what} copied` : `Copy ${what}`}
      </span>
    </button>
  );
}

export function Id({ id, what = 'id' }: { readonly id: string; readonly what?: string }) {
  return (
    <span className="id" title={id}>
      {shortId(id)}
      <Copy text={id} what={what} />
    </span>
  );
}
