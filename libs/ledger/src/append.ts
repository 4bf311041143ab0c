import { randomFillSync } from 'node:crypto';
import { jsonOfList, type Turns } from '#libs/kernel';
import type { Pool } from 'pg';
import { eventDigest } from './event-digest';
import type { GuardUse, PendingEvent, Receipt, ViewUpdate } from './types';

/** The stream must stand at exactly this version for the append to be taken. */
export interface ExpectedVersion {
  readonly streamId: string;
  readonly version: number;
}

export interface Append {
  readonly events: readonly PendingEvent[];
  readonly expected: readonly ExpectedVersion[];
  readonly receipts: readonly Receipt[];
  readonly views: readonly ViewUpdate[];
  readonly guards?: readonly GuardUse[];
}

/** A guard that would be passed; `used` is what it stands at without the batch. */
export interface FullGuard {
  readonly f: string;
  readonly k: string;
  readonly used: number;
}

export type AppendResult =
  | { readonly committed: true; readonly firstPosition: number }
  /** Nothing was written: these streams have moved on, these keys are taken, or these guards would be passed. */
  | {
      readonly committed: false;
      readonly streams: readonly string[];
      readonly receipts: readonly string[];
      readonly guards: readonly FullGuard[];
    };

interface AppendRow {
  readonly result: {
    readonly firstPosition?: number;
    readonly streams?: readonly string[];
    readonly receipts?: readonly string[];
    readonly guards?: readonly FullGuard[];
  };
}

const saltBytes = 16;
const digestBytes = 32;

/** The events as columns, as `ledger_append` takes them. */
interface EventColumns {
  readonly streamIds: string[];
  readonly versions: number[];
  readonly types: string[];
  readonly schemaVersions: number[];
  readonly data: string[];
  /** Each command's once. */
  readonly metadata: string[];
  /** Of each event the place of its metadata, from 1. */
  readonly metadataPlaces: number[];
  /** `saltBytes` of each event, one after the other. */
  readonly salts: Buffer;
  /** `digestBytes` of each event, one after the other. */
  readonly digests: Buffer;
}

async function columnsOf(events: readonly PendingEvent[], turns: Turns): Promise<EventColumns> {
  const columns: EventColumns = {
    streamIds: [],
    versions: [],
    types: [],
    schemaVersions: [],
    data: [],
    metadata: [],
    metadataPlaces: [],
    salts: randomFillSync(Buffer.allocUnsafe(events.length * saltBytes)),
    digests: Buffer.allocUnsafe(events.length * digestBytes),
  };
  let last: PendingEvent['metadata'] | null = null;
  let metadata = '';
  for (const [index, event] of events.entries()) {
    const { streamId, streamVersion, type, schemaVersion } = event;
    if (event.metadata !== last) {
      last = event.metadata;
      metadata = JSON.stringify(last);
      columns.metadata.push(metadata);
    }
    const data = JSON.stringify(event.data);
    await turns.give();
    const salt = columns.salts.subarray(index * saltBytes, (index + 1) * saltBytes);
    eventDigest({ salt, streamId, streamVersion, type, schemaVersion, data, metadata }).copy(
      columns.digests,
      index * digestBytes,
    );
    columns.streamIds.push(streamId);
    columns.versions.push(streamVersion);
    columns.types.push(type);
    columns.schemaVersions.push(schemaVersion);
    columns.data.push(data);
    columns.metadataPlaces.push(columns.metadata.length);
    await turns.give();
  }
  return columns;
}

/**
 * Appends in one call and one transaction: checks versions, numbers, chains, writes events, receipts and views, commits.
 * The head row is locked only inside that call, so a frozen process cannot hold it.
 */
export async function append(pool: Pool, batch: Append, turns: Turns): Promise<AppendResult> {
  const events = await columnsOf(batch.events, turns);
  const views: string[] = [];
  for (const { sqlFunction, rows } of batch.views) {
    if (rows.length > 0)
      views.push(`{"sqlFunction":${JSON.stringify(sqlFunction)},"rows":${await jsonOfList(rows, turns)}}`);
  }
  const guards = (batch.guards ?? []).map(({ sqlFunction, key, adds, limit }) => ({
    f: sqlFunction,
    k: key,
    n: adds,
    l: limit,
  }));
  const { rows } = await pool.query<AppendRow>({
    name: 'ledger_append',
    text: 'select ledger_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) as result',
    values: [
      events.streamIds,
      events.versions,
      events.types,
      events.schemaVersions,
      events.data,
      events.metadata,
      events.metadataPlaces,
      events.salts,
      events.digests,
      batch.expected.map(({ streamId }) => streamId),
      batch.expected.map(({ version }) => version),
      JSON.stringify(batch.receipts),
      `[${views.join(',')}]`,
      JSON.stringify(guards),
    ],
  });
  const result = rows[0]?.result;
  if (result === undefined) throw new Error('ledger_append answered nothing');
  if (result.firstPosition !== undefined) return { committed: true, firstPosition: result.firstPosition };
  return {
    committed: false,
    streams: result.streams ?? [],
    receipts: result.receipts ?? [],
    guards: result.guards ?? [],
  };
}
