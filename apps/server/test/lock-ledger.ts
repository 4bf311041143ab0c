import { readAll } from '#libs/ledger';
import type { Pool } from 'pg';

interface Hold {
  readonly lock: string;
  readonly runId: string;
  readonly from: number;
  readonly to: number;
}

const ends: ReadonlySet<string> = new Set(['WorkflowRunCompleted', 'WorkflowRunCancelled', 'WorkflowRunTimedOut']);

interface Named {
  readonly key: string;
  readonly taskId: string;
  readonly tries: number;
}

/** Who held which lock between which positions of the ledger, according to the runs. */
export async function holdsOf(pool: Pool): Promise<readonly Hold[]> {
  const holds: Hold[] = [];
  const open = new Map<string, Map<string, number>>();
  const teams = new Map<string, string>();
  for (const { position, streamId, type, data } of await readAll(pool, 0, 1_000_000)) {
    if (type === 'WorkflowRunSubmitted') teams.set(streamId, (data as { teamId: string }).teamId);
    const own = open.get(streamId) ?? new Map<string, number>();
    const close = (name: string): void => {
      const { key } = JSON.parse(name) as Named;
      holds.push({ lock: `${teams.get(streamId)}/${key}`, runId: streamId, from: own.get(name) ?? 0, to: position });
      own.delete(name);
    };
    if (type === 'LockAcquired') open.set(streamId, own.set(nameOf(data as Named), position));
    else if (type === 'LockReleased') close(nameOf(data as Named));
    else if (ends.has(type)) for (const name of [...own.keys()]) close(name);
  }
  for (const [runId, own] of open)
    for (const [name, from] of own)
      holds.push({ lock: `${teams.get(runId)}/${(JSON.parse(name) as Named).key}`, runId, from, to: Infinity });
  return holds.sort((a, b) => a.from - b.from);
}

/** Pairs of overlapping holds of one lock, in the order of the ledger: none if a lock has one holder. */
export function overlapsOf(holds: readonly Hold[]): readonly (readonly [Hold, Hold])[] {
  return holds.flatMap((one, index) =>
    holds
      .slice(index + 1)
      .filter((other) => other.lock === one.lock && other.from < one.to)
      .map((other) => [one, other] as const),
  );
}

/** A release names the try that acquired the lock. */
function nameOf({ key, taskId, tries }: Named): string {
  return JSON.stringify({ key, taskId, tries });
}
