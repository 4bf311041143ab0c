import { hash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { type ArchivedPositions, loggedLinks } from './archived-positions';
import type { ChainLink } from './chain-link';
import { readStored } from './read-ledger';

/** Positions of one page: their links are hashed and checked in a few milliseconds, in which nothing else runs. */
const pagePositions = 2000;

/**
 * The links of the chain with positions above `after` and up to `last`, page by page in order. An archived one comes from the
 * bundles of the transparency log; one that is neither there nor archived is left out. Memory stays flat: of an event, only
 * its digest is kept. The next page is read while the caller works on one.
 */
export async function* readLinks(
  pool: Pool | PoolClient,
  after: number,
  last: number,
  archived: ArchivedPositions,
): AsyncGenerator<readonly ChainLink[]> {
  let position = after;
  const next = (before: Page | null): Promise<Page> => {
    const from = position;
    position = Math.min(last, position + pagePositions);
    return readPage(pool, from, position, before?.metadata ?? null, archived);
  };
  for (let reading = position < last ? next(null) : null; reading;) {
    const page = await reading;
    reading = position < last ? next(page) : null;
    // If the caller leaves, nobody waits for it.
    reading?.catch(() => undefined);
    yield page.links;
  }
}

interface Page {
  readonly links: readonly ChainLink[];
  /** Those of its last event, after their length; null if that event is not there. */
  readonly metadata: Buffer | null;
}

async function readPage(
  pool: Pool | PoolClient,
  after: number,
  last: number,
  metadata: Buffer | null,
  archived: ArchivedPositions,
): Promise<Page> {
  const page = await onOneConnection(pool, (client) => copyLinks(client, after, last, metadata));
  const { links } = page;
  if (links.length === last - after || archived.isEmpty) return page;
  const there = new Set(links.map(({ position }) => position));
  const gone = Array.from({ length: last - after }, (_, index) => after + index + 1).filter(
    (position) => !there.has(position) && archived.has(position),
  );
  const all = [...links, ...(await loggedLinks(pool, gone))].sort((a, b) => a.position - b.position);
  return { links: all, metadata: page.metadata };
}

async function onOneConnection<Answer>(
  pool: Pool | PoolClient,
  work: (client: PoolClient) => Promise<Answer>,
): Promise<Answer> {
  if (!('totalCount' in pool)) return work(pool);
  const client = await pool.connect();
  try {
    const answer = await work(client);
    client.release();
    return answer;
  } catch (error) {
    // It may be in the midst of a copy.
    client.release(true);
    throw error;
  }
}

/**
 * The events after a position, up to another. `before`: the metadata of the event at `after`, if they are known.
 *
 * The events are sent as PostgreSQL's binary COPY has them: each field after its length in 32 bits, big endian. That is
 * what an event's digest is made of (see `eventDigest`), so a stretch of the row is hashed as it came.
 */
async function copyLinks(client: PoolClient, after: number, last: number, before: Buffer | null): Promise<Page> {
  const reader = new LinkReader(before ?? (await metadataOf(client, after + 1)));
  const copied = client.query(
    copyTo(
      `copy (select position, (extract(epoch from recorded_at) * 1000000)::bigint, hash,
                    salt, stream_id::text, stream_version::text, type, schema_version::text, data, metadata
               from event where position > ${after} and position <= ${last} order by position) to stdout (format binary)`,
    ),
  );
  for await (const chunk of copied) reader.read(chunk as Buffer);
  const isWhole = reader.links.at(-1)?.position === last;
  return { links: reader.links, metadata: isWhole ? reader.metadata : null };
}

/** The metadata of an event, which may be stored with an earlier one. */
async function metadataOf(client: PoolClient, position: number): Promise<Buffer> {
  const [first] = await readStored(client, position - 1, 1);
  return lengthFirst(Buffer.from(first?.metadata ?? ''));
}

function lengthFirst(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** What comes before the first row: a signature of 11 bytes, flags, and the length of nothing. */
const headerBytes = 19;
/** Before the fields of a row: their number. */
const countBytes = 2;
const lengthBytes = 4;
/** The position, the time and the hash; then what the digest is made of. */
const fields = { position: 0, recordedAt: 1, hash: 2, hashed: 3, metadata: 9, all: 10 } as const;

class LinkReader {
  readonly links: ChainLink[] = [];
  private rest: Buffer | null = null;
  private hasHeader = false;
  /** Where the fields of a row begin. */
  private readonly starts = new Uint32Array(fields.all);
  /** A row's fields and the metadata of the event before it, side by side. */
  private joined = Buffer.allocUnsafe(64 * 1024);

  /** @param metadata those of the first event if it has none of its own, and then of the last that was read; after their length. */
  constructor(public metadata: Buffer) {}

  read(chunk: Buffer): void {
    const bytes = this.rest ? Buffer.concat([this.rest, chunk]) : chunk;
    let at = 0;
    if (!this.hasHeader) {
      if (bytes.length < headerBytes) return void (this.rest = bytes);
      at = headerBytes;
      this.hasHeader = true;
    }
    for (;;) {
      const end = this.row(bytes, at);
      if (end === null) break;
      at = end;
    }
    this.rest = at < bytes.length ? bytes.subarray(at) : null;
  }

  /** Reads one row. Returns where it ends; null if it is not all there, or if there are no more. */
  private row(bytes: Buffer, begin: number): number | null {
    let end = begin + countBytes;
    for (let field = 0; field < fields.all; field++) {
      if (bytes.length < end + lengthBytes) return null;
      this.starts[field] = end;
      // The length of null is -1.
      end += lengthBytes + Math.max(0, bytes.readInt32BE(end));
      if (bytes.length < end) return null;
    }
    const hashed = this.start(fields.hashed);
    const metadata = this.start(fields.metadata);
    const hasOwn = bytes.readInt32BE(metadata) >= 0;
    if (hasOwn) this.metadata = bytes.subarray(metadata, end);
    this.links.push({
      position: Number(bytes.readBigInt64BE(this.start(fields.position) + lengthBytes)),
      recordedAt: bytes.readBigInt64BE(this.start(fields.recordedAt) + lengthBytes),
      digest: hash('sha256', hasOwn ? bytes.subarray(hashed, end) : this.join(bytes, hashed, metadata), 'buffer'),
      hash: bytes.subarray(this.start(fields.hash) + lengthBytes, hashed),
      isArchived: false,
    });
    return end;
  }

  private start(field: number): number {
    return this.starts[field] ?? 0;
  }

  /** One call of `hash` for both costs a quarter of a hash that is updated twice. */
  private join(bytes: Buffer, begin: number, end: number): Buffer {
    const length = end - begin + this.metadata.length;
    if (length > this.joined.length) this.joined = Buffer.allocUnsafe(2 * length);
    bytes.copy(this.joined, 0, begin, end);
    this.metadata.copy(this.joined, end - begin);
    return this.joined.subarray(0, length);
  }
}
