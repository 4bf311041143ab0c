import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { personOf, type Principal } from '../domain';
import { AccessStore } from '../read/access-store';
import { ReachMaker } from '../read/reach-maker';

/** Milliseconds between checks of the tokens of waiting requests. */
const interval = 1000;

export interface WatchedToken {
  /** Aborted when the token ends, or its reach changes. */
  readonly signal: AbortSignal;
  /** Whether the token has ended. */
  readonly hasEnded: () => boolean;
  stop(): void;
}

interface Watched {
  readonly principal: Principal;
  readonly reach: string;
  readonly controller: AbortController;
  ended: boolean;
}

/** Ends long polls and streams when their token ends: at once if this process revoked it, otherwise within a second. */
@Injectable()
export class TokenWatch implements OnApplicationShutdown {
  private readonly watched = new Set<Watched>();
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> | null = null;
  private readonly unsubscribe: () => void;

  constructor(
    private readonly store: AccessStore,
    private readonly reaches: ReachMaker,
  ) {
    this.unsubscribe = store.onChange(() => void this.look());
  }

  async watch(principal: Principal): Promise<WatchedToken> {
    const reach = JSON.stringify(await this.reaches.of(principal));
    const watched: Watched = { principal, reach, controller: new AbortController(), ended: false };
    this.watched.add(watched);
    this.timer ??= setInterval(() => void this.look(), interval).unref();
    return {
      signal: watched.controller.signal,
      hasEnded: () => watched.ended,
      stop: () => {
        this.watched.delete(watched);
        if (this.watched.size > 0 || !this.timer) return;
        clearInterval(this.timer);
        this.timer = null;
      },
    };
  }

  onApplicationShutdown(): void {
    this.unsubscribe();
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  private async look(): Promise<void> {
    if (this.watched.size === 0) return;
    await this.looking;
    this.looking = this.lookNow()
      // The database is away for a moment: the next check comes within a second.
      .catch(() => undefined)
      .finally(() => {
        this.looking = null;
      });
    await this.looking;
  }

  private async lookNow(): Promise<void> {
    const all = [...this.watched];
    const ended = new Set(await this.store.endedAmong([...new Set(all.map(({ principal }) => principal.tokenId))]));
    for (const each of all) {
      each.ended = ended.has(each.principal.tokenId);
      if (each.ended || (await this.hasChanged(each))) each.controller.abort();
    }
  }

  /** Only a person's reach can change while the token is valid. */
  private async hasChanged({ principal, reach }: Watched): Promise<boolean> {
    return personOf(principal) !== null && JSON.stringify(await this.reaches.of(principal)) !== reach;
  }
}
