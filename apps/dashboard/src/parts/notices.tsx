import { useSyncExternalStore } from 'react';

interface Notice {
  readonly id: number;
  readonly text: string;
}

let notices: readonly Notice[] = [];
let next = 1;
const listeners = new Set<() => void>();

function set(value: readonly Notice[]): void {
  notices = value;
  for (const listener of listeners) listener();
}

/** Says for eight seconds what has happened; screen readers read it. */
export function notify(text: string): void {
  const notice = { id: next++, text };
  set([...notices.slice(-2), notice]);
  setTimeout(() => set(notices.filter(({ id }) => id !== notice.id)), 8000);
}

export function Notices() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notices,
  );
  return (
    <div className="notices" role="status" aria-live="polite">
      {shown.map(({ id, text }) => (
        <div key={id}>{text}</div>
      ))}
    </div>
  );
}
