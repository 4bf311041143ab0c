import type { Pool } from 'pg';
import { headPosition, readStoredOf, type StoredLink } from './read-ledger';
import type { WakeUps } from './wake-ups';

/** Milliseconds between two reads while events keep coming: those committed in between are read together. */
const betweenReads = 5;
/** Positions that are read at once. */
const pageSize = 1000;
/** Milliseconds between two looks at the head without a wake-up. */
const pollInterval = 1000;

export interface LedgerFeedOptions {
  /**
   * Called with new events in ledger order, page by page; the next page waits for it. `end`: the page covers the ledger up to this
   * position. If it rejects, the same page comes again.
   */
  readonly handle: (links: readonly StoredLink[], end: number) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

const everyStream = { name: 'every_stream', condition: 'true', values: [] };

/**
 * Follows the ledger from its head, for everybody in this process who wants to hear of new events: one reader, which hears of commits of
 * this process at once, of those of others by NOTIFY, and polls as well.
 */
export class LedgerFeed {
  /** Up to here it has read; what lies after this position is still to come. */
  private read = 0;
  /** Up to here `handle` is done. */
  private handled = 0;
  private running: Promise<void> | null = null;
  private stopped = false;
  private woken = false;
  private wakeUp: (() => void) | null = null;
  private unsubscribe: (() => void) | null = null;

  constructor(
    private readonly pool: Pool,
    private readonly wakeUps: WakeUps,
    private readonly options: LedgerFeedOptions,
  ) {}

  /** The position up to which events have been read: later ones are given to `handle`. */
  get readTo(): number {
    return this.read;
  }

  /** The position up to which `handle` is done. */
  get handledTo(): number {
    return this.handled;
  }

  /** Begins at the head. */
  async start(): Promise<void> {
    this.stopped = false;
    this.read = await headPosition(this.pool);
    this.handled = this.read;
    this.unsubscribe = this.wakeUps.on(() => this.wake());
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.unsubscribe?.();
    this.unsubscribe = null;
    this.wake();
    await this.running;
    this.running = null;
  }

  private wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      await this.sleep(betweenReads, false);
      if (!this.woken) await this.sleep(pollInterval, true);
      this.woken = false;
      try {
        await this.readOn();
      } catch (error) {
        this.options.onError(error);
        await this.sleep(pollInterval, false);
      }
    }
  }

  private async readOn(): Promise<void> {
    // A page that was read and not handled comes again: nobody has been given any of it.
    this.read = this.handled;
    while (!this.stopped) {
      const links = await this.nextPage();
      const end = links.at(-1)?.position ?? (await this.endOfGap());
      if (end === null) return;
      this.read = end;
      await this.options.handle(links, end);
      this.handled = end;
    }
  }

  private nextPage(): Promise<StoredLink[]> {
    const range = { after: this.handled, upTo: this.handled + pageSize };
    return readStoredOf(this.pool, range, pageSize, everyStream);
  }

  /** Where there is no event: null at the head, else the end of a page that has left the database while nobody could read it. */
  private async endOfGap(): Promise<number | null> {
    const end = this.handled + pageSize;
    return (await headPosition(this.pool)) >= end ? end : null;
  }

  private async sleep(milliseconds: number, untilWoken: boolean): Promise<void> {
    if (this.stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wakeUp = () => {
        if (!untilWoken && !this.stopped) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = null;
  }
}
