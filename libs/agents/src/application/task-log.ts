import { inTransaction } from '#libs/database';
import { RefusedError } from '#libs/kernel';
import { overwriteKnown, SecretFinder } from '#libs/secrets';
import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { cutTo, endOf, joined, type LogPiece, uncovered } from './log-pieces';

/** Bytes of output that are stored of one task, all tries together; what comes after is left out, with a line that says so. */
const taskLogLimit = 10 * 1024 * 1024;

/** Rows that are stored of one task. What follows without a gap goes into the row before it, up to `rowLimit` bytes. */
const maxRows = 50_000;
const rowLimit = 8192;

/** Bytes of the largest row: a chunk as it was sent. */
const largestRow = 256 * 1024;

/** Rows around a chunk in which secrets are looked for. */
const maxNeighbours = 256;

/** Rows that one read brings. */
const pageRows = 16;

/** The largest byte offset of a chunk. */
const maxOffset = 2 ** 31 - 1 - largestRow;

/** A place in the log of a task: so many bytes of the try with this fence. */
export interface LogPosition {
  readonly fence: number;
  readonly bytes: number;
}

export interface LogPart extends LogPiece {
  readonly fence: number;
}

interface Size {
  readonly bytes: string;
  readonly chunks: number;
  readonly is_full: boolean;
}

interface Stored extends LogPiece {
  /** Undefined: not stored yet. */
  readonly row?: number;
}

/** What tasks print, by claim. Not in the ledger: it is large, and nothing is decided by it. */
@Injectable()
export class TaskLog {
  private readonly listeners = new Map<string, Set<() => void>>();

  constructor(private readonly pool: Pool) {}

  /**
   * Stores one chunk of a try's output at its byte offset. Bytes that are stored already stay as they are, however they come again. Who may
   * send it is the sender's to check.
   * @param fence of the claim whose output it is.
   * @param secrets what the task was given and must not be read here: overwritten with `*`.
   * @throws RefusedError BAD_REQUEST where the offset is out of range.
   */
  async append(
    taskRunId: string,
    fence: number,
    offset: number,
    chunk: Buffer,
    secrets: ReadonlySet<string>,
  ): Promise<void> {
    if (offset < 0 || offset > maxOffset) {
      throw new RefusedError(
        'BAD_REQUEST',
        `Header Runledger-Log-Offset must be a byte offset from 0 to ${maxOffset}.`,
      );
    }
    if (chunk.length === 0) return;
    const finder = new SecretFinder(secrets);
    await inTransaction(this.pool, (client) => this.store(client, taskRunId, fence, { offset, chunk }, finder));
    for (const listener of this.listeners.get(taskRunId) ?? []) listener();
  }

  /** Calls back when this process stores output of the task. Returns how to stop. */
  onAppend(taskRunId: string, listener: () => void): () => void {
    const all = this.listeners.get(taskRunId) ?? new Set();
    this.listeners.set(taskRunId, all.add(listener));
    return () => {
      all.delete(listener);
      if (all.size === 0) this.listeners.delete(taskRunId);
    };
  }

  /** What is stored beyond a position, in the order of tries and bytes; empty where nothing is. */
  async read(taskRunId: string, after: LogPosition): Promise<LogPart[]> {
    const { rows } = await this.pool.query<{ fence: string; byte_offset: number; chunk: Buffer }>({
      name: 'read_task_log',
      // No row is longer than a chunk, so that the search by key begins close to the position.
      text: `select fence, byte_offset, chunk from task_log
              where task_run_id = $1 and (fence, byte_offset) > ($2::bigint, $3::int - ${largestRow} - 1)
                and (fence > $2 or byte_offset + length(chunk) > $3)
              order by fence, byte_offset limit ${pageRows}`,
      values: [taskRunId, after.fence, after.bytes],
    });
    return rows.map((row) => {
      const fence = Number(row.fence);
      const seen = fence === after.fence ? Math.max(0, after.bytes - row.byte_offset) : 0;
      return { fence, offset: row.byte_offset + seen, chunk: row.chunk.subarray(seen) };
    });
  }

  private async store(
    client: PoolClient,
    taskRunId: string,
    fence: number,
    sent: LogPiece,
    finder: SecretFinder,
  ): Promise<void> {
    const size = await lockSize(client, taskRunId);
    if (size.is_full) return;
    const around = await this.neighbours(client, taskRunId, fence, sent, finder.reach);
    const fresh = uncovered(sent, around);
    if (fresh.length === 0) return;
    const room = Math.max(0, taskLogLimit - Number(size.bytes));
    const kept = size.chunks + fresh.length > maxRows ? [] : cutTo(fresh, room).map(copied);
    const isFull = bytesOf(kept) < bytesOf(fresh);
    await this.mask(client, taskRunId, fence, around, kept, finder);
    let rows = 0;
    for (const piece of kept) rows += await this.insert(client, taskRunId, fence, piece, around);
    const line = isFull ? markerAfter([...around, ...fresh.slice(0, 1), ...kept]) : null;
    if (line) rows += await this.insert(client, taskRunId, fence, line, []);
    await client.query({
      name: 'count_task_log',
      text: `update task_log_size set bytes = bytes + $2, chunks = chunks + $3, is_full = $4 where task_run_id = $1`,
      values: [taskRunId, bytesOf(kept), rows, isFull],
    });
  }

  /** What is stored of the same try where the chunk goes, and as far around it as a secret may reach. */
  private async neighbours(
    client: PoolClient,
    taskRunId: string,
    fence: number,
    sent: LogPiece,
    reach: number,
  ): Promise<Required<Stored>[]> {
    const around = Math.max(reach, 1);
    const from = sent.offset - around;
    const { rows } = await client.query<{ byte_offset: number; chunk: Buffer }>({
      name: 'read_task_log_around',
      text: `(select byte_offset, chunk from task_log
               where task_run_id = $1 and fence = $2 and byte_offset > $3::int - ${largestRow} and byte_offset < $4
                 and byte_offset + length(chunk) > $3
               order by byte_offset desc limit ${maxNeighbours})
             union all
             (select byte_offset, chunk from task_log
               where task_run_id = $1 and fence = $2 and byte_offset >= $4 and byte_offset < $5
               order by byte_offset)`,
      values: [taskRunId, fence, from, sent.offset, endOf(sent) + around],
    });
    return rows
      .map(({ byte_offset: offset, chunk }) => ({ offset, chunk, row: offset }))
      .sort((a, b) => a.offset - b.offset);
  }

  /** Overwrites secrets in the new pieces; also those that began or end in what is stored around them, which is changed in the table. */
  private async mask(
    client: PoolClient,
    taskRunId: string,
    fence: number,
    around: readonly Required<Stored>[],
    fresh: readonly LogPiece[],
    finder: SecretFinder,
  ): Promise<void> {
    if (finder.reach === 0) return;
    for (const group of joined<Stored>([...around, ...fresh])) {
      const whole = Buffer.concat(group.map(({ chunk }) => chunk));
      if (overwriteKnown(whole, finder) === 0) continue;
      let at = 0;
      for (const { row, chunk } of group) {
        const now = whole.subarray(at, (at += chunk.length));
        if (now.equals(chunk)) continue;
        now.copy(chunk);
        if (row === undefined) continue;
        await client.query({
          name: 'mask_task_log',
          text: 'update task_log set chunk = $4 where task_run_id = $1 and fence = $2 and byte_offset = $3',
          values: [taskRunId, fence, row, chunk],
        });
      }
    }
  }

  /** Answers how many rows more there are. */
  private async insert(
    client: PoolClient,
    taskRunId: string,
    fence: number,
    piece: LogPiece,
    around: readonly Required<Stored>[],
  ): Promise<number> {
    const before = around.find((each) => endOf(each) === piece.offset);
    if (before && before.chunk.length + piece.chunk.length <= rowLimit) {
      await client.query({
        name: 'lengthen_task_log',
        text: 'update task_log set chunk = chunk || $4 where task_run_id = $1 and fence = $2 and byte_offset = $3',
        values: [taskRunId, fence, before.row, piece.chunk],
      });
      return 0;
    }
    await client.query({
      name: 'append_task_log',
      text: 'insert into task_log (task_run_id, fence, byte_offset, chunk) values ($1, $2, $3, $4)',
      values: [taskRunId, fence, piece.offset, piece.chunk],
    });
    return 1;
  }
}

/** The count of what is stored of a task; whoever else stores output of it waits until this transaction ends. */
async function lockSize(client: PoolClient, taskRunId: string): Promise<Size> {
  const { rows } = await client.query<Size>({
    name: 'lock_task_log',
    text: `insert into task_log_size as s (task_run_id, bytes, chunks) values ($1, 0, 0)
           on conflict (task_run_id) do update set bytes = s.bytes returning bytes, chunks, is_full`,
    values: [taskRunId],
  });
  return rows[0] ?? { bytes: '0', chunks: 0, is_full: false };
}

function bytesOf(pieces: readonly LogPiece[]): number {
  return pieces.reduce((sum, { chunk }) => sum + chunk.length, 0);
}

function copied({ offset, chunk }: LogPiece): LogPiece {
  return { offset, chunk: Buffer.from(chunk) };
}

/** The line that says that something was left out, after all that is stored there. */
function markerAfter(pieces: readonly LogPiece[]): LogPiece {
  const text = `\n[The output of this task is longer than ${taskLogLimit} bytes or ${maxRows} pieces, all tries together; the rest was left out.]\n`;
  return { offset: Math.max(...pieces.map(endOf)), chunk: Buffer.from(text) };
}
