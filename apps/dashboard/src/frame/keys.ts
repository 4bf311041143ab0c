import { useEffect, useRef } from 'react';

export interface KeyBinding {
  /** `j`, `?`, `mod+k` (Control, or Command on a Mac), `g r` (one after the other). */
  readonly keys: string;
  /** What it does, for the help. */
  readonly does: string;
  readonly run: () => void;
}

const bound = new Set<{ readonly current: readonly KeyBinding[] }>();

/** Every key that works now. */
export function boundKeys(): readonly KeyBinding[] {
  return [...bound].flatMap(({ current }) => current);
}

/** Binds keys while the component is shown. They are off while the user types, except those with `mod`. */
export function useKeys(bindings: readonly KeyBinding[]): void {
  const latest = useRef(bindings);
  useEffect(() => {
    latest.current = bindings;
  });
  useEffect(() => {
    bound.add(latest);
    return () => {
      bound.delete(latest);
    };
  }, []);
}

/** Milliseconds for the second key of two. */
const patience = 1200;
let first: { readonly key: string; readonly at: number } | null = null;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && ['checkbox', 'radio', 'range'].includes(target.type))
  );
}

window.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.altKey) return;
  const hasMod = event.ctrlKey || event.metaKey;
  if (!hasMod && (isTyping(event.target) || document.querySelector('dialog[open]'))) return;
  const key = hasMod ? `mod+${event.key.toLowerCase()}` : event.key;
  const sequence = first !== null && event.timeStamp - first.at < patience ? `${first.key} ${key}` : null;
  const all = boundKeys();
  const found = all.findLast(({ keys }) => keys === sequence) ?? all.findLast(({ keys }) => keys === key);
  first = null;
  if (found) {
    event.preventDefault();
    found.run();
  } else if (all.some(({ keys }) => keys.startsWith(`${key} `))) {
    first = { key, at: event.timeStamp };
  }
});
