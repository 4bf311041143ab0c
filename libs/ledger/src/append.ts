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

/**
 * Appends in one call and one transaction: checks versions, numbers, chains, writes events, receipts and views, commits.
 * The head row is locked only inside that call, so a frozen process cannot hold it.
 */
export async function append(pool: Pool, batch: Append, turns: Turns): Promise<AppendResult> {
  const events: string[] = [];
  for (const event of batch.events) {
    const digest = '\\x' + (await eventDigest(event, turns)).toString('hex');
    await turns.give();
    const { streamId: s, streamVersion: v, type: t, schemaVersion: n, data: d, metadata: m } = event;
    events.push(JSON.stringify({ s, v, t, n, d, m, h: digest }));
  }
  const views: string[] = [];
  for (const { sqlFunction, rows } of batch.views) {
    if (rows.length > 0)
      views.push(`{"sqlFunction":${JSON.stringify(sqlFunction)},"rows":${await jsonOfList(rows, turns)}}`);
  }
  const { rows } = await pool.query<AppendRow>({
    name: 'ledger_append',
    text: 'select ledger_append($1, $2, $3, $4, $5) as result',
    values: [
      `[${events.join(',')}]`,
      JSON.stringify(batch.expected.map((each) => ({ s: each.streamId, v: each.version }))),
      JSON.stringify(batch.receipts),
      `[${views.join(',')}]`,
      JSON.stringify(
        (batch.guards ?? []).map(({ sqlFunction, key, adds, limit }) => ({
          f: sqlFunction,
          k: key,
          n: adds,
          l: limit,
        })),
      ),
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
