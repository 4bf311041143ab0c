import { BackgroundPool, inTransaction } from '#libs/database';
import { CommandProcessor, headPosition } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';

/** Positions that one transaction takes into the index. */
const step = 5000;

/**
 * Keeps the index of the trail and the names of things. The database writes it from its own rows: nothing of the ledger passes through this
 * process. Off the way of commands; whoever reads the trail brings it up to date first.
 */
@Injectable()
export class AuditIndex {
  constructor(
    private readonly pool: BackgroundPool,
    private readonly processor: CommandProcessor,
  ) {}

  /**
   * Takes what has been appended until now; `givesWay`: one step of it at most, while many commands are under way. Several processes take
   * turns. Resolves to the position up to which the index is whole.
   */
  async advance(givesWay = false): Promise<number> {
    const head = await headPosition(this.pool);
    let position = await this.position();
    const end = givesWay && this.processor.isBusy ? Math.min(head, position + step) : head;
    while (position < end) position = await inTransaction(this.pool, (client) => this.take(client, end));
    return position;
  }

  private async position(): Promise<number> {
    const { rows } = await this.pool.query<{ position: string }>({
      name: 'audit_position',
      text: `select position from subscription where name = 'audit'`,
    });
    return Number(rows[0]?.position ?? 0);
  }

  private async take(client: PoolClient, head: number): Promise<number> {
    await client.query(`insert into subscription (name, position) values ('audit', 0) on conflict do nothing`);
    const { rows } = await client.query<{ position: string }>(
      `select position from subscription where name = 'audit' for update`,
    );
    const from = Number(rows[0]?.position);
    const to = Math.min(head, from + step);
    // Another process may have been faster.
    if (from >= to) return from;
    await client.query({ name: 'audit_entries', text: 'select audit_index($1, $2)', values: [from, to] });
    await client.query(`update subscription set position = $1 where name = 'audit'`, [to]);
    return to;
  }
}
