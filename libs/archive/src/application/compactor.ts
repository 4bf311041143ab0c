import { BackgroundPool } from '#libs/database';
import { Injectable } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { ArchiveStore } from '../read/archive-store';

/** Rows that are copied by one statement. */
const rowsAtOnce = 1000;
/** Milliseconds of rest for each millisecond of copying. */
const rest = 2;
/** A partition is copied when so large a part of it is archived: each row is copied few times in its life. */
const part = 0.25;
/** SQLSTATE of a lock that was not free in time. */
const lockNotAvailable = '55P03';
const swaps = 20;

/** Gives back the disk of events that are archived: copies what stays of a partition, bit by bit, and lets the copy take its place. */
@Injectable()
export class Compactor {
  constructor(
    private readonly pool: BackgroundPool,
    private readonly store: ArchiveStore,
  ) {}

  /** Goes on with what an earlier process has begun. */
  async run(isStopped: () => boolean): Promise<void> {
    await this.clear();
    for (const { partition, archived, estimate, copying } of await this.store.partitions()) {
      if (isStopped()) return;
      if (archived === 0 || (!copying && archived < part * estimate)) continue;
      await this.compact(partition, copying, isStopped);
    }
  }

  private async compact(partition: string, copying: boolean, isStopped: () => boolean): Promise<void> {
    if (!copying) await this.call('event_compact_begin($1)', [partition]);
    for (;;) {
      if (isStopped()) return;
      const began = performance.now();
      const looked = Number(await this.call('event_compact_copy($1, $2)', [partition, rowsAtOnce]));
      await pause(rest * (performance.now() - began));
      if (looked < rowsAtOnce) break;
    }
    if (await this.swap(partition, isStopped)) await this.clear();
  }

  /** A long reader may be in the way: it is tried again, and else at the next pass. */
  private async swap(partition: string, isStopped: () => boolean): Promise<boolean> {
    for (let attempt = 0; attempt < swaps && !isStopped(); attempt++) {
      try {
        await this.call('event_compact_swap($1)', [partition]);
        return true;
      } catch (error) {
        if ((error as { readonly code?: unknown }).code !== lockNotAvailable) throw error;
        await pause(500);
      }
    }
    return false;
  }

  private async clear(): Promise<void> {
    await this.call('event_compact_clear()', []);
  }

  private async call(sql: string, values: readonly unknown[]): Promise<unknown> {
    const { rows } = await this.pool.query<{ result: unknown }>(`select ${sql} as result`, [...values]);
    return rows[0]?.result;
  }
}
