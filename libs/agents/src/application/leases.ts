import { type Clock, CLOCK } from '#libs/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { LeaseStore } from './lease-store';
import { type HeldItem, QueueStore } from './queue-store';

/** Injection token: seconds that a claim holds without a sign of life. */
export const LEASE_SECONDS = Symbol('LeaseSeconds');

/** Keeps agents' leases. A poll is a sign of life as well, so agents without heartbeat keep theirs. */
@Injectable()
export class Leases {
  private readonly lastSeen = new LRUCache<string, number>({ max: 10_000 });

  constructor(
    private readonly store: LeaseStore,
    private readonly queue: QueueStore,
    @Inject(LEASE_SECONDS) readonly seconds: number,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** A heartbeat. Answers what the agent holds. */
  async extend(agentId: string): Promise<HeldItem[]> {
    await this.store.extend(agentId, this.seconds);
    return this.queue.heldBy(agentId);
  }

  /**
   * A poll has come. It may wait as long as a lease lasts, so it counts for a third more, in which the agent asks again. Writes at most once
   * per tenth of the lease and agent.
   */
  async seen(agentId: string): Promise<void> {
    const now = this.clock.now();
    const last = this.lastSeen.get(agentId) ?? 0;
    if (now - last < this.seconds * 100) return;
    await this.store.extend(agentId, (this.seconds * 4) / 3);
    this.lastSeen.set(agentId, now);
  }
}
