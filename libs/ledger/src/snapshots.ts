import { canonicalPieces, Turns } from '#libs/kernel';
import type { Pool } from 'pg';
import type { WorkingStream } from './batch';
import type { Category } from './waiting-command';

interface Due {
  readonly category: Category;
  readonly state: unknown;
  readonly version: number;
}

/** The most streams with a snapshot to write. Drops more: a snapshot only saves reading. */
const maxDue = 64;

/**
 * Writes snapshots of long streams, so that nobody needs to fold them from their first event. It writes them after the
 * commit and separately, one at a time; losing one does no harm.
 */
export class Snapshots {
  private readonly due = new Map<string, Due>();
  private writing: Promise<void> | null = null;

  constructor(private readonly pool: Pool) {}

  /** The stream has advanced from `before` to `version`. */
  offer(id: string, { category, before, state, version }: WorkingStream): void {
    const every = category.snapshotEvery?.(state);
    if (every === undefined || Math.floor(version / every) === Math.floor((before?.version ?? 0) / every)) return;
    if (this.due.size >= maxDue) return;
    this.due.set(id, { category, state, version });
    this.writing ??= this.writeAll();
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    this.due.clear();
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    for (const [id, due] of this.due) {
      this.due.delete(id);
      // A failure here also affects commands, and they report it.
      await this.write(id, due).catch(() => undefined);
    }
    this.writing = null;
  }

  private async write(id: string, { category, state, version }: Due): Promise<void> {
    const turns = new Turns();
    let text = '';
    for (const piece of canonicalPieces(category.stored ? category.stored.packState(state) : state, 2)) {
      text += piece;
      await turns.give();
    }
    await this.pool.query({
      name: 'write_snapshot',
      text: `insert into snapshot as s (stream_id, version, state) values ($1, $2, $3)
             on conflict (stream_id) do update set version = excluded.version, state = excluded.state
              where s.version < excluded.version`,
      values: [id, version, text],
    });
  }
}
