import { randomFillSync } from 'node:crypto';
import { jsonOfList, type Turns } from '#libs/kernel';
import type { Pool } from 'pg';
import { binaryArray } from './binary-array';
import { eventDigest } from './event-digest';
import type { GuardUse, PendingEvent, Receipt, ViewUpdate } from './types';
import { columnValues, type ViewFunctions } from './view-columns';

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
    const { streamId, streamVersion, type, schemaVersion, data } = event;
    if (event.metadata !== last) {
      last = event.metadata;
      metadata = JSON.stringify(last);
      columns.metadata.push(metadata);
    }
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

/** Values of a statement, and the text that calls for them. */
class Parameters {
  readonly values: unknown[] = [];

  /** `$5, $6, …` for these values. */
  add(...values: readonly unknown[]): string {
    return values.map((value) => `$${this.values.push(value)}`).join(', ');
  }
}

/** The calls that write the views, one after the other, each as a column of the statement. */
async function viewCalls(
  views: readonly ViewUpdate[],
  functions: ViewFunctions,
  parameters: Parameters,
  turns: Turns,
): Promise<{ readonly name: string; readonly calls: readonly string[] }> {
  const changed = views.filter(({ rows }) => rows.length > 0);
  const known = await functions.find(changed.map(({ sqlFunction }) => sqlFunction));
  const calls: string[] = [];
  for (const [place, { sqlFunction, rows }] of changed.entries()) {
    const columns = known[place]?.columns;
    const given = columns ? columnValues(columns, rows) : [await jsonOfList(rows, turns)];
    calls.push(`${sqlFunction}(${parameters.add(...given)})`);
    await turns.give();
  }
  return { name: known.map(({ number }) => number).join('.'), calls };
}

/**
 * Appends in one statement and so in one transaction: checks versions, numbers, chains, writes events, receipts and views, commits.
 * The head row is locked only inside that call, so a frozen process cannot hold it.
 */
export async function append(pool: Pool, functions: ViewFunctions, batch: Append, turns: Turns): Promise<AppendResult> {
  const events = await columnsOf(batch.events, turns);
  const guards = (batch.guards ?? []).map(({ sqlFunction, key, adds, limit }) => ({
    f: sqlFunction,
    k: key,
    n: adds,
    l: limit,
  }));
  const parameters = new Parameters();
  const given = parameters.add(
    binaryArray('uuid', events.streamIds),
    binaryArray('int4', events.versions),
    binaryArray('text', events.types),
    binaryArray('int4', events.schemaVersions),
    binaryArray('text', events.data),
    binaryArray('text', events.metadata),
    binaryArray('int4', events.metadataPlaces),
    events.salts,
    events.digests,
    binaryArray(
      'uuid',
      batch.expected.map(({ streamId }) => streamId),
    ),
    binaryArray(
      'int4',
      batch.expected.map(({ version }) => version),
    ),
    JSON.stringify(batch.receipts),
    JSON.stringify(guards),
  );
  const { name, calls } = await viewCalls(batch.views, functions, parameters, turns);
  const { rows } = await pool.query<AppendRow>({
    // Which views change decides the text: each text is prepared once on a connection.
    name: `ledger_append${name && ` ${name}`}`,
    text: `with appended as materialized (select ledger_append(${given}) as result)
      select result${calls.map((call, place) => `, case when result ? 'firstPosition' then ${call} end as v${place}`).join('')}
        from appended`,
    values: parameters.values,
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
