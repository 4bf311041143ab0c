import { RefusedError } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

/** Bytes of output that are kept of one task; what comes after is dropped, with a line that says so. */
export const taskLogLimit = 10 * 1024 * 1024;

const marker = Buffer.from(`\n[The log is longer than ${taskLogLimit} bytes; the rest was left out.]\n`);

/** What tasks print. Not in the ledger: it is large, and nothing is decided by it. */
@Injectable()
export class TaskLog {
  constructor(private readonly pool: Pool) {}

  /**
   * Stores one chunk at its byte offset; the same offset twice is stored once. Who may send it is the sender's to check.
   */
  async append(taskRunId: string, offset: number, chunk: Buffer): Promise<void> {
    if (chunk.length === 0) return;
    if (offset < 0 || offset > 2 ** 31 - 1) {
      throw new RefusedError('BAD_REQUEST', 'Header Runledger-Log-Offset must be a byte offset from 0 to 2147483647.');
    }
    if (offset >= taskLogLimit) {
      await this.insert(taskRunId, taskLogLimit, marker);
      return;
    }
    await this.insert(taskRunId, offset, chunk.subarray(0, taskLogLimit - offset));
  }

  /** The chunks from `afterOffset` on, in order. */
  async read(taskRunId: string, afterOffset = -1): Promise<{ offset: number; chunk: Buffer }[]> {
    const { rows } = await this.pool.query<{ byte_offset: number; chunk: Buffer }>({
      name: 'read_task_log',
      text: `select byte_offset, chunk from task_log where task_run_id = $1 and byte_offset > $2
              order by byte_offset limit 64`,
      values: [taskRunId, afterOffset],
    });
    return rows.map((row) => ({ offset: row.byte_offset, chunk: row.chunk }));
  }

  private async insert(taskRunId: string, offset: number, chunk: Buffer): Promise<void> {
    await this.pool.query({
      name: 'append_task_log',
      text: `insert into task_log (task_run_id, byte_offset, chunk) values ($1, $2, $3)
             on conflict (task_run_id, byte_offset) do nothing`,
      values: [taskRunId, offset, chunk],
    });
  }
}
