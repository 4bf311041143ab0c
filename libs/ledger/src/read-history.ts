import type { Pool } from 'pg';
import { findMoment } from './stream-moment';
import { readStreamPage } from './read-ledger';
import type { RecordedEvent } from './types';
import type { Upcasters } from './upcasters';

/** The most events of a stream that one page looks at: a filter that few of them pass makes short pages. */
const mostLookedAt = 10_000;
/** The most bytes of the data of one page: 2 MiB. A page has at least one event, of whatever size. */
const mostPageBytes = 2 * 1024 * 1024;
const readAtOnce = 500;

export interface HistoryFilter {
  /** Absent: every type. */
  readonly types?: readonly string[];
  /** Whole actors, such as `user:ann`, or the part after the colon; absent: everybody. */
  readonly actors?: readonly string[];
  /** Only events with a higher position. */
  readonly after: number;
  /** From 1. */
  readonly limit: number;
}

export interface HistoryPage {
  readonly events: readonly RecordedEvent[];
  /** The next page's `after`; null on the last page. */
  readonly next: number | null;
}

function isAmong(actors: readonly string[] | undefined, actor: string): boolean {
  return actors === undefined || actors.includes(actor) || actors.includes(actor.slice(actor.indexOf(':') + 1));
}

/** A page of the events of one stream. It may be short, or empty, although there are more: then `next` says where to go on. */
export async function readHistory(
  pool: Pool,
  streamId: string,
  { types, actors, after, limit }: HistoryFilter,
  upcasters?: Upcasters,
): Promise<HistoryPage> {
  let { version } = await findMoment(pool, streamId, { position: after });
  const events: RecordedEvent[] = [];
  let bytes = 0;
  for (let looked = 0; ;) {
    const size = types || actors ? readAtOnce : Math.min(readAtOnce, limit - events.length + 1);
    const batch = await readStreamPage(pool, streamId, { afterVersion: version, limit: size }, upcasters);
    if (batch.length === 0) return { events, next: null };
    for (const event of batch) {
      const isWanted = (types?.includes(event.type) ?? true) && isAmong(actors, event.metadata.actor);
      const isFull = events.length > 0 && (events.length === limit || bytes + event.stored.data.length > mostPageBytes);
      if ((isWanted && isFull) || looked === mostLookedAt) return { events, next: event.position - 1 };
      looked++;
      version = event.streamVersion;
      if (!isWanted) continue;
      events.push(event);
      bytes += event.stored.data.length;
    }
  }
}
