import type { BulkBody } from '#libs/contracts';
import { Shape, type Status, looks } from '../../parts/status';

export type BulkOutcome = keyof BulkBody['outcomes'];

/** Each looks like the status of a run that says about the same. */
const statuses: Readonly<Record<BulkBody['status'], { readonly word: string; readonly like: Status }>> = {
  running: { word: 'At work', like: 'running' },
  completed: { word: 'Ended', like: 'succeeded' },
  cancelled: { word: 'Cancelled', like: 'cancelled' },
  stopped: { word: 'Stopped', like: 'failed' },
};

export const outcomeWords: Readonly<Record<BulkOutcome, string>> = {
  done: 'Done',
  unchanged: 'Unchanged',
  refused: 'Refused',
  pending: 'To come',
  left: 'Left alone',
};
export const outcomeOrder: readonly BulkOutcome[] = ['done', 'unchanged', 'refused', 'pending', 'left'];

export function BulkStatusMark({ status }: { readonly status: BulkBody['status'] }) {
  const { word, like } = statuses[status];
  return (
    <span className={`status hue-${looks[like].hue}`}>
      <Shape status={like} />
      {word}
    </span>
  );
}
