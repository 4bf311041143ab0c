import { looks, Shape, type Status, statusOrder } from '../../parts/status';

interface TilesProps {
  readonly counts: Readonly<Record<string, number>> | undefined;
  readonly chosen: readonly string[];
  readonly onChange: (statuses: readonly string[]) => void;
}

/** How many runs there are of each status; a tile filters by its status. */
export function StatusTiles({ counts, chosen, onChange }: TilesProps) {
  const toggle = (status: Status): void =>
    onChange(chosen.includes(status) ? chosen.filter((each) => each !== status) : [...chosen, status]);
  return (
    <div className="tiles" role="group" aria-label="Runs by status">
      <button type="button" className="tile" aria-pressed={chosen.length === 0} onClick={() => onChange([])}>
        <b>{shown(counts?.['all'])}</b>
        <span>All</span>
      </button>
      {statusOrder.map((status) => {
        const count = counts?.[status];
        return (
          <button
            key={status}
            type="button"
            className={`tile${count === 0 ? ' none' : ''}`}
            aria-pressed={chosen.includes(status)}
            onClick={() => toggle(status)}
          >
            <b>{shown(count)}</b>
            <span>
              <Shape status={status} /> {looks[status].word}
            </span>
          </button>
        );
      })}
    </div>
  );
}

function shown(count: number | undefined): string {
  return count === undefined ? '…' : count.toLocaleString('en');
}
