import type { ReadyItem } from './queue-store';
import { maxPassBytes, maxPollBytes } from './bounds';

/** What a poll may be given. */
export interface Asking {
  readonly types: readonly string[];
  readonly limit: number;
}

/** Items of one poll, and the bytes that they answer with. */
class Share {
  readonly items: ReadyItem[] = [];
  private bytes = 0;

  takes({ type, bytes }: ReadyItem, { types, limit }: Asking): boolean {
    const hasRoom = this.items.length === 0 || this.bytes + bytes <= maxPollBytes;
    return hasRoom && this.items.length < limit && types.includes(type);
  }

  add(item: ReadyItem): void {
    this.items.push(item);
    this.bytes += item.bytes;
  }
}

/**
 * Gives the items, oldest first, to the polls that can take them: each to the one that has the fewest. It ends where the runs of the items are
 * more than one pass may load; what is left is for the next.
 */
export function allot<Poll extends Asking>(
  items: readonly ReadyItem[],
  polls: readonly Poll[],
): Map<Poll, readonly ReadyItem[]> {
  const shares = new Map(polls.map((poll) => [poll, new Share()]));
  const runs = new Set<string>();
  let loaded = 0;
  for (const item of items) {
    const more = runs.has(item.runId) ? 0 : item.runBytes;
    if (runs.size > 0 && loaded + more > maxPassBytes) break;
    const fewest = leastOf([...shares].flatMap(([poll, share]) => (share.takes(item, poll) ? [share] : [])));
    if (!fewest) continue;
    fewest.add(item);
    runs.add(item.runId);
    loaded += more;
  }
  return new Map([...shares].flatMap(([poll, { items: part }]) => (part.length > 0 ? [[poll, part] as const] : [])));
}

function leastOf(shares: readonly Share[]): Share | undefined {
  let least = shares[0];
  for (const share of shares) if (least && share.items.length < least.items.length) least = share;
  return least;
}
