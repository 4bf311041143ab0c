import { shownDuration } from './time';

/** What follows the ledger is a moment behind; longer than this, in milliseconds, and the viewer should know. */
const worthTelling = 3000;

interface BehindProps {
  readonly view: { readonly lag: { readonly events: number; readonly milliseconds: number } } | undefined;
}

/** Says how far the answer is behind, if it is more than a few seconds. */
export function Behind({ view }: BehindProps) {
  const { events = 0, milliseconds = 0 } = view?.lag ?? {};
  if (events === 0 || milliseconds < worthTelling) return null;
  return (
    <p className="small hue-hold" role="status">
      {events.toLocaleString('en')} events, {shownDuration(milliseconds)} behind: what happened since is not in here
      yet.
    </p>
  );
}
