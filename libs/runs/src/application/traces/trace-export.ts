import { BackgroundPool } from '#libs/database';
import type { DomainEvent } from '#libs/kernel';
import {
  CommandProcessor,
  headPosition,
  readStoredOf,
  readStreamPage,
  type RecordedEvent,
  Subscription,
  toEvents,
  WakeUps,
} from '#libs/ledger';
import { type FinishedSpan, type TraceContext, Tracing } from '#libs/tracing';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { PoolClient } from 'pg';
import { type RunEvent, runEventTypes } from '../../domain';
import { RUN_CATEGORY, type RunCategory, runUpcasters } from '../run-category';
import { RunTrace, tracedRun } from './run-trace';

/** The name of its position in the table of subscriptions; the archive knows it too. */
const name = 'traces';
/** Events of one step, and milliseconds between two steps. */
const batch = 500;
const pollInterval = 1000;
/** Events that wait for a collector at most: spans of older ones are never sent. */
const maxBehind = 1_000_000;
/** Tasks of the runs that are remembered between two events. */
const maxRemembered = 200_000;
/** Events of a run that are read at once. */
const streamPage = 1000;

const typesOfRuns: ReadonlySet<string> = new Set(runEventTypes);
const everyStream = { name: 'traces', condition: 'true', values: [] };

/** Takes spans; rejects if it cannot now. */
export interface SpanTaker {
  send(spans: readonly FinishedSpan[]): Promise<void>;
}

interface Followed {
  readonly trace: RunTrace;
  version: number;
}

/**
 * Sends the spans of runs, as the ledger says them: from the moment when traces are first on. Its position moves when the spans are taken, so
 * the ledger is the queue: a collector that is away, or a crash, loses none, and a span that is sent twice is the same span. Behind the
 * commits, by a second or more; commands never wait for it.
 */
@Injectable()
export class TraceExport {
  private readonly followed = new LRUCache<string, Followed>({ maxSize: maxRemembered });
  private subscription: Subscription<RecordedEvent> | null = null;
  /** Of the steps before the present one, and of that one, which may be tried again. */
  private skippedBefore = 0;
  private gap = { after: -1, events: 0 };

  constructor(
    private readonly pool: BackgroundPool,
    private readonly wakeUps: WakeUps,
    private readonly processor: CommandProcessor,
    private readonly tracing: Tracing,
    @Inject(RUN_CATEGORY) private readonly category: RunCategory,
  ) {}

  /** Events that were too old when the collector came back. */
  get skipped(): number {
    return this.skippedBefore + this.gap.events;
  }

  async start(taker: SpanTaker, onError: (error: unknown) => void): Promise<void> {
    await this.pool.query(
      `insert into subscription (name, position) select $1, position from ledger_head where shard = 1 on conflict do nothing`,
      [name],
    );
    this.subscription = new Subscription(this.pool, this.wakeUps, {
      name,
      read: (client, after, limit) => this.read(client, after, limit),
      handle: async (events, client) => {
        const spans = await this.spansOf(events, client);
        if (spans.length > 0) await taker.send(spans);
      },
      givesWay: () => this.processor.isBusy,
      batch,
      pollInterval,
      onlyAtPolls: true,
      onError,
    });
    this.subscription.start();
  }

  async stop(): Promise<void> {
    await this.subscription?.stop();
  }

  private async read(client: PoolClient, after: number, limit: number): Promise<RecordedEvent[]> {
    const upTo = await headPosition(client);
    const oldest = Math.max(after, upTo - maxBehind);
    if (after !== this.gap.after) this.skippedBefore += this.gap.events;
    this.gap = { after, events: oldest - after };
    return toEvents(await readStoredOf(client, { after: oldest, upTo }, limit, everyStream), runUpcasters);
  }

  private async spansOf(events: readonly RecordedEvent[], client: PoolClient): Promise<FinishedSpan[]> {
    const spans: FinishedSpan[] = [];
    for (const event of events) {
      if (!typesOfRuns.has(event.type)) continue;
      const followed = await this.followedAt(event, client);
      const span = followed?.trace.apply(event as DomainEvent as RunEvent);
      if (followed) followed.version = event.streamVersion;
      if (span) spans.push(span);
      if (event.type === 'WorkflowRunFinalized') this.followed.delete(event.streamId);
    }
    return spans;
  }

  /** The trace of the event's run, as it is before the event; null if the run has left the database. */
  private async followedAt(event: RecordedEvent, client: PoolClient): Promise<Followed | null> {
    const { streamId, streamVersion } = event;
    const known = this.followed.get(streamId);
    // Another version: another process was here, or the same events come again because the spans were not taken.
    if (known?.version === streamVersion - 1) return known;
    const followed =
      streamVersion === 1 ? await this.begin(event, client) : await this.fold(streamId, streamVersion, client);
    if (followed) this.followed.set(streamId, followed, { size: followed.trace.size });
    return followed;
  }

  private async fold(streamId: string, before: number, client: PoolClient): Promise<Followed | null> {
    let followed: Followed | null = null;
    for (let version = 0; version < before - 1;) {
      const limit = Math.min(streamPage, before - 1 - version);
      const page = await readStreamPage(client, streamId, { afterVersion: version, limit }, runUpcasters);
      for (const event of page) {
        followed ??= event.streamVersion === 1 ? await this.begin(event, client) : null;
        if (!followed) return null;
        followed.trace.apply(event as DomainEvent as RunEvent);
        followed.version = event.streamVersion;
      }
      const last = page.at(-1);
      if (!last) return null;
      version = last.streamVersion;
    }
    return followed;
  }

  private async begin(event: RecordedEvent, client: PoolClient): Promise<Followed | null> {
    const submitted = await this.submissionOf(event, client);
    if (!submitted) return null;
    const original = await this.retriedBy(event, submitted.retry?.of, client);
    const { parentSpanId } = this.tracing.spanOfRun(tracedRun(submitted));
    const links = original && original.spanId !== parentSpanId ? [original] : [];
    return { trace: new RunTrace(submitted, this.tracing, links), version: 0 };
  }

  /**
   * The span of the run that a run retries; null if it is no retry, or that run has left the database.
   * @param first the run that was retried first.
   */
  private async retriedBy(
    { metadata }: RecordedEvent,
    first: string | undefined,
    client: PoolClient,
  ): Promise<TraceContext | null> {
    if (metadata.action !== 'RetryRun') return null;
    // The cause is the run itself, or a bulk job, which does not tell the run.
    for (const streamId of [metadata.causationId, first]) {
      if (streamId === undefined) continue;
      const [submission] = await readStreamPage(client, streamId, { afterVersion: 0, limit: 1 }, runUpcasters);
      const original = submission && (await this.submissionOf(submission, client));
      if (original) return this.tracing.spanOfRun(tracedRun(original));
    }
    return null;
  }

  private async submissionOf(event: RecordedEvent, client: PoolClient) {
    const stored = event as DomainEvent;
    const whole = (await this.category.stored.open(client, [stored], [])).event(stored);
    return whole?.type === 'WorkflowRunSubmitted' ? whole.data : null;
  }
}
