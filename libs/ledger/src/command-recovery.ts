import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Receipt, ReceiptKey } from './types';

export interface Failure {
  readonly error: unknown;
  readonly commands: number;
  readonly connectionLost: boolean;
}

export interface CommittedProbe {
  readonly streamId: string;
  /** The position of the command's first event in the stream; null = anywhere. */
  readonly streamVersion: number | null;
  readonly commandId: string;
}

/** Those of the given command ids with events in the ledger. */
export async function findCommitted(pool: Pool, probes: readonly CommittedProbe[]): Promise<ReadonlySet<string>> {
  if (probes.length === 0) return new Set();
  const { rows } = await pool.query<{ id: string }>({
    name: 'find_committed',
    text: `select distinct p.id
             from unnest($1::uuid[], $2::int[], $3::text[]) as p(stream, version, id)
             join event e on e.stream_id = p.stream
                         and (p.version is null or e.stream_version = p.version)
                         and e.metadata::jsonb ->> 'commandId' = p.id`,
    values: [
      probes.map((each) => each.streamId),
      probes.map((each) => each.streamVersion),
      probes.map((each) => each.commandId),
    ],
  });
  return new Set(rows.map((row) => row.id));
}

/** The receipts that exist for these keys, by `scope/key`. */
export async function findReceipts(pool: Pool, keys: readonly ReceiptKey[]): Promise<ReadonlyMap<string, Receipt>> {
  const { rows } = await pool.query<Receipt>({
    name: 'find_receipts',
    text: `select c.scope, c.key, c.request_hash as "requestHash", c.answer
             from unnest($1::text[], $2::text[]) as k(scope, key)
             join command_receipt c using (scope, key)`,
    values: [keys.map((each) => each.scope), keys.map((each) => each.key)],
  });
  return new Map(rows.map((row) => [`${row.scope}/${row.key}`, row]));
}

/** The current versions of the streams in the ledger. */
export async function findVersions(pool: Pool, streamIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query<{ id: string; version: number }>({
    name: 'find_versions',
    text: `select s.id, (select max(stream_version) from event where stream_id = s.id) as version
             from unnest($1::uuid[]) as s(id)`,
    values: [streamIds],
  });
  return new Map(rows.map((row) => [row.id, row.version]));
}

export async function pause(milliseconds: number): Promise<void> {
  await sleep(milliseconds);
}
