import { advisoryLocks, BackgroundPool, withClient } from '#libs/database';
import { Injectable } from '@nestjs/common';

/** One of all servers of a database archives at a time. */
@Injectable()
export class OneAtATime {
  constructor(private readonly pool: BackgroundPool) {}

  /** Answers null, and does nothing, while another one works. */
  take<Result>(work: () => Promise<Result>): Promise<Result | null> {
    return withClient(this.pool, async (client) => {
      const { rows } = await client.query<{ free: boolean }>('select pg_try_advisory_lock($1) as free', [
        advisoryLocks.archive,
      ]);
      if (!rows[0]?.free) return null;
      try {
        return await work();
      } finally {
        await client.query('select pg_advisory_unlock($1)', [advisoryLocks.archive]).catch(() => undefined);
      }
    });
  }
}
