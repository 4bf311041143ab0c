import { useFreshness } from '../api/live';
import { Time } from '../parts/time';

/** Whether what is on the screen is what the server knows. */
export function LiveMark() {
  const freshness = useFreshness();
  switch (freshness.kind) {
    case 'none':
      return null;
    case 'live':
      return (
        <span className="live live-on" title="Changes come as they happen">
          <i /> <span>Live</span>
        </span>
      );
    case 'polling':
      return (
        <span className="live" title="The page asks the server every three seconds">
          <i /> <span>Every 3 s</span>
        </span>
      );
    case 'stale':
      return (
        <strong className="live live-stale" role="status">
          <i /> Stale since <Time at={freshness.since} />
        </strong>
      );
  }
}
