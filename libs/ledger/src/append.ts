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
  /** Of each event the place of its metadata, from 1; null where they are those of the event before it, of the same stream. */
  readonly metadataPlaces: (number | null)[];
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
  let last: PendingEvent | null = null;
  let metadata = '';
  for (const [index, event] of events.entries()) {
    const { streamId, streamVersion, type, schemaVersion, data } = event;
    const isOfSame = event.metadata === last?.metadata;
    if (!isOfSame) columns.metadata.push((metadata = JSON.stringify(event.metadata)));
    columns.metadataPlaces.push(isOfSame && streamId === last?.streamId ? null : columns.metadata.length);
    last = event;
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

/** One update for each function, in the order in which they are first named. */
function byFunction(views: readonly ViewUpdate[]): ViewUpdate[] {
  const found = new Map<string, readonly unknown[]>();
  for (const { sqlFunction, rows } of views) {
    if (rows.length > 0) found.set(sqlFunction, [...(found.get(sqlFunction) ?? []), ...rows]);
  }
  return [...found].map(([sqlFunction, rows]) => ({ sqlFunction, rows }));
}

/** The calls that write the views, one after the other, each as a column of the statement. */
async function viewCalls(
  views: readonly ViewUpdate[],
  functions: ViewFunctions,
  parameters: Parameters,
  turns: Turns,
): Promise<{ readonly name: string; readonly calls: readonly string[] }> {
  const changed = byFunction(views);
  const known = await functions.find(changed.map(({ sqlFunction }) => sqlFunction));
  const calls: string[] = [];
  for (const [place, { sqlFunction, rows }] of changed.entries()) {
    const columns = known[place]?.columns;
    const given = columns ? columnValues(columns, rows) : [await jsonOfList(rows, turns)];
    calls.push(`${sqlFunction}(${parameters.add(...given)})`);
    await turns.give();
  }
  // PostgreSQL cuts names of statements at 63 bytes.
  return { name: known.map(({ number }) => number.toString(36)).join(''), calls };
}

/** Whether the key of a stream has refused an event: another process has appended that version. */
function isTaken(error: unknown): boolean {
  const { code, table = '' } = error as { readonly code?: unknown; readonly table?: string };
  return code === '23505' && table.startsWith('event');
}

/** Which of the streams have moved on. @throws the refusal where none has. */
async function movedOn(pool: Pool, expected: readonly ExpectedVersion[], refusal: unknown): Promise<AppendResult> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'moved_on',
    text: `select x.id from unnest($1::uuid[], $2::int[]) as x(id, version)
            where (select true from event where stream_id = x.id and stream_version = x.version + 1)`,
    values: [expected.map(({ streamId }) => streamId), expected.map(({ version }) => version)],
  });
  if (rows.length === 0) throw refusal;
  return { committed: false, streams: rows.map(({ id }) => id), receipts: [], guards: [] };
}

/** An append as it is sent: one statement, and so one transaction. */
export interface AppendStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
  readonly expected: readonly ExpectedVersion[];
}

/** Makes the statement that checks keys and guards, numbers and chains the events, writes them, the receipts and the views. */
export async function appendStatement(functions: ViewFunctions, batch: Append, turns: Turns): Promise<AppendStatement> {
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
    JSON.stringify(batch.receipts),
    JSON.stringify(guards),
  );
  const { name, calls } = await viewCalls(batch.views, functions, parameters, turns);
  return {
    // Which views change decides the text: each text is prepared once on a connection.
    name: `ledger_append${name && ` ${name}`}`,
    text: `with appended as materialized (select ledger_append(${given}) as result)
      select result${calls.map((call, place) => `, case when result ? 'firstPosition' then ${call} end as v${place}`).join('')}
        from appended`,
    values: parameters.values,
    expected: batch.expected,
  };
}

/** Sends it. The head row is locked only inside that one call, so a frozen process cannot hold it. */
export async function append(pool: Pool, { name, text, values, expected }: AppendStatement): Promise<AppendResult> {
  const answer = await pool.query<AppendRow>({ name, text, values: [...values] }).catch((error: unknown) => {
    if (isTaken(error)) return { refusal: error };
    throw error;
  });
  if ('refusal' in answer) return movedOn(pool, expected, answer.refusal);
  const result = answer.rows[0]?.result;
  if (result === undefined) throw new Error('ledger_append answered nothing');
  if (result.firstPosition !== undefined) return { committed: true, firstPosition: result.firstPosition };
  return {
    committed: false,
    streams: [],
    receipts: result.receipts ?? [],
    guards: result.guards ?? [],
  };
}
