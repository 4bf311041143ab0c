import { RefusedError } from '#libs/kernel';
import { overwriteKnown, SecretFinder } from '#libs/secrets';
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
   * @param secrets what the task was given and must not be read here: overwritten with `*`.
   */
  async append(taskRunId: string, offset: number, chunk: Buffer, secrets: ReadonlySet<string>): Promise<void> {
    if (chunk.length === 0) return;
    if (offset < 0 || offset > 2 ** 31 - 1) {
      throw new RefusedError('BAD_REQUEST', 'Header Runledger-Log-Offset must be a byte offset from 0 to 2147483647.');
    }
    if (offset >= taskLogLimit) {
      await this.insert(taskRunId, taskLogLimit, marker);
      return;
    }
    const kept = Buffer.from(chunk.subarray(0, taskLogLimit - offset));
    if (secrets.size > 0) await this.overwrite(taskRunId, offset, kept, secrets);
    await this.insert(taskRunId, offset, kept);
  }

  /** Overwrites secrets in the chunk; also those that began in the chunks before it, which are changed in the table. */
  private async overwrite(
    taskRunId: string,
    offset: number,
    chunk: Buffer,
    secrets: ReadonlySet<string>,
  ): Promise<void> {
    const finder = new SecretFinder(secrets);
    const { rows } = await this.pool.query<{ byte_offset: number; chunk: Buffer }>({
      name: 'read_task_log_tail',
      text: `select byte_offset, chunk from task_log
              where task_run_id = $1 and byte_offset < $2 and byte_offset + length(chunk) > $2 - $3::int
              order by byte_offset desc limit 256`,
      values: [taskRunId, offset, Math.max(finder.longest, 1)],
    });
    const before = rows.reverse().filter((row, index, all) => isJoined(row, all[index + 1]?.byte_offset ?? offset));
    const whole = Buffer.concat([...before.map((row) => row.chunk), chunk]);
    if (overwriteKnown(whole, finder) === 0) return;
    let at = 0;
    for (const row of before) {
      const now = whole.subarray(at, (at += row.chunk.length));
      if (now.equals(row.chunk)) continue;
      await this.pool.query('update task_log set chunk = $3 where task_run_id = $1 and byte_offset = $2', [
        taskRunId,
        row.byte_offset,
        now,
      ]);
    }
    whole.copy(chunk, 0, at);
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

function isJoined(row: { byte_offset: number; chunk: Buffer }, next: number): boolean {
  return row.byte_offset + row.chunk.length === next;
}
