import { BackgroundPool } from '#libs/database';
import { type Clock, CLOCK } from '#libs/kernel';
import { Inject, Injectable } from '@nestjs/common';

/** Records how far each part of the log is, and what stops it. */
@Injectable()
export class WorkLog {
  constructor(
    private readonly pool: BackgroundPool,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** It has done this many events, and nothing stops it. */
  async done(name: string, size: number): Promise<void> {
    await this.write(name, size, null);
  }

  /** It is stopped. Answers whether that is news. */
  async alarmed(name: string, alarm: string): Promise<boolean> {
    return this.write(name, null, alarm);
  }

  private async write(name: string, size: number | null, alarm: string | null): Promise<boolean> {
    const { rowCount } = await this.pool.query({
      name: 'tree_work_write',
      text: `insert into tree_work as w (name, size, alarm, changed_at) values ($1, coalesce($2, 0), $3, $4)
             on conflict (name) do update
                set size = coalesce($2, w.size), alarm = excluded.alarm, changed_at = excluded.changed_at
              where w.alarm is distinct from excluded.alarm or w.size <> coalesce($2, w.size)`,
      values: [name, size, alarm, new Date(this.clock.now())],
    });
    return rowCount === 1;
  }
}
