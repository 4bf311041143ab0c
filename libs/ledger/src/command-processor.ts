import { type DomainEvent, newId, RefusedError } from '#libs/kernel';
import type { Pool } from 'pg';
import { append, type Append } from './append';
import { type Failure, findCommitted, findReceipts, findVersions, isConnectionLoss, pause } from './command-recovery';
import { guardUses, type Guarded, refuseBeyondGuards } from './guards';
import { StateCache } from './state-cache';
import type { StreamCategory, StreamChange, VersionedState } from './stream-category';
import type { CommandMetadata, EventMetadata, PendingEvent, Receipt, ReceiptKey, ViewUpdate } from './types';

export interface CommandRequest<Command, State = unknown, Event = unknown> {
  readonly streamId: string;
  readonly command: Command;
  readonly metadata: CommandMetadata;
  /** Answers a repetition under the same key from the first one's receipt. Needs `answer`. */
  readonly receipt?: ReceiptKey;
  /** Shapes the answer that the receipt keeps: JSON text. Pure; called inside the batch, before the commit. */
  readonly answer?: (state: State, events: readonly Event[]) => string;
}

export interface CommandOutcome<State, Event> {
  readonly state: State;
  readonly version: number;
  readonly events: readonly Event[];
  /** The answer kept in the receipt; the first one's, word for word, where `replayed`. */
  readonly answer?: string;
}

/** The command was carried out before, under the same idempotency key. */
export interface ReplayedOutcome {
  readonly replayed: true;
  readonly answer: string;
}

type Category = StreamCategory<unknown, unknown, DomainEvent>;

interface Waiting {
  readonly category: Category;
  readonly request: CommandRequest<unknown>;
  readonly metadata: EventMetadata;
  attempts: number;
  readonly resolve: (outcome: CommandOutcome<unknown, DomainEvent> | ReplayedOutcome) => void;
  readonly reject: (error: unknown) => void;
}

interface Decided extends Guarded {
  readonly waiting: Waiting;
  readonly outcome: CommandOutcome<unknown, DomainEvent>;
  readonly firstVersion: number;
}

interface WorkingStream {
  readonly category: Category;
  readonly before: VersionedState<unknown> | null;
  /** Whether `before` was read from the database for this batch, not taken from the cache. */
  readonly fresh: boolean;
  state: unknown;
  version: number;
  readonly events: DomainEvent[];
}

export interface CommandProcessorOptions {
  /** Commands that one transaction carries at most. */
  readonly maxBatch?: number;
  /** Commands that may wait; more are refused with 503. */
  readonly maxWaiting?: number;
  /** Weight of states kept in memory (a run weighs 1 + its tasks). */
  readonly cacheWeight?: number;
  readonly onCommit?: (position: number, views: readonly ViewUpdate[]) => void;
  readonly onFailure?: (failure: Failure) => void;
}

/** Times that a command is decided again because another process was faster. */
const maxAttempts = 20;

/**
 * Group commit: takes every command that waits, decides them in the order of their arrival, appends all their events in one
 * transaction, and answers each caller after that commit. While one batch commits, the next one gathers.
 */
export class CommandProcessor {
  private waiting: Waiting[] = [];
  private running: Promise<void> | null = null;
  private closed = false;
  private readonly cache: StateCache;
  private readonly maxBatch: number;
  private readonly maxWaiting: number;

  constructor(
    private readonly pool: Pool,
    private readonly options: CommandProcessorOptions = {},
  ) {
    this.cache = new StateCache(options.cacheWeight ?? 10_000);
    this.maxBatch = options.maxBatch ?? 256;
    this.maxWaiting = options.maxWaiting ?? 20_000;
  }

  /**
   * Runs one command. Resolves after its events are durable; a command that appends nothing resolves all the same.
   * @throws RefusedError what the decider refuses; IDEMPOTENCY_KEY_REUSED; SERVICE_UNAVAILABLE on overload or shutdown.
   */
  execute<State, Command, Event extends DomainEvent>(
    category: StreamCategory<State, Command, Event>,
    request: CommandRequest<Command, State, Event>,
  ): Promise<CommandOutcome<State, Event> | ReplayedOutcome> {
    if (this.closed) return Promise.reject(new RefusedError('SERVICE_UNAVAILABLE', 'The server is shutting down.'));
    if (this.waiting.length >= this.maxWaiting) {
      return Promise.reject(
        new RefusedError('SERVICE_UNAVAILABLE', 'Too many commands are waiting. Try again shortly.'),
      );
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({
        category: category,
        request: request as unknown as CommandRequest<unknown>,
        metadata: { ...request.metadata, commandId: request.metadata.commandId ?? newId() },
        attempts: 0,
        resolve: resolve as unknown as Waiting['resolve'],
        reject,
      });
      this.running ??= this.run();
    });
  }

  /** The stored state of a stream as of now, or null. */
  async load<State, Command, Event extends DomainEvent>(
    category: StreamCategory<State, Command, Event>,
    streamId: string,
  ): Promise<VersionedState<State> | null> {
    return (await category.load(this.pool, [streamId])).get(streamId) ?? null;
  }

  /** The state of this stream is read anew the next time. */
  forget(streamId: string): void {
    this.cache.delete(streamId);
  }

  /** Refuses new commands and waits for those that were taken. */
  async close(): Promise<void> {
    this.closed = true;
    while (this.running) await this.running;
  }

  private async run(): Promise<void> {
    // One turn of the event loop, so that requests which arrived together share their first batch.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (this.waiting.length > 0) await this.commit(this.waiting.splice(0, this.maxBatch));
    } finally {
      this.running = null;
    }
  }

  private async commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const { later, ready } = await this.withoutReplays(batch);
      const streams = await this.loadStreams(ready);
      const decided = await this.decideAll(ready, streams);
      await this.appendAll(decided, streams);
      this.waiting.unshift(...later);
    } catch (error) {
      await this.recover(batch, error);
    }
  }

  /** Answers repetitions from their receipts; of several with one new key, the first goes on and the others wait for it. */
  private async withoutReplays(batch: readonly Waiting[]): Promise<{ ready: Waiting[]; later: Waiting[] }> {
    if (!batch.some((each) => each.request.receipt)) return { ready: [...batch], later: [] };
    const keys = batch.flatMap((each) => (each.request.receipt ? [each.request.receipt] : []));
    const known = await findReceipts(this.pool, keys);
    const first = new Set<string>();
    const ready: Waiting[] = [];
    const later: Waiting[] = [];
    for (const each of batch) {
      const receipt = each.request.receipt;
      if (!receipt) {
        ready.push(each);
        continue;
      }
      const name = receiptName(receipt);
      const found = known.get(name);
      if (found && found.requestHash !== receipt.requestHash) each.reject(keyReused());
      else if (found) each.resolve({ replayed: true, answer: found.answer });
      else if (first.has(name)) later.push(each);
      else {
        first.add(name);
        ready.push(each);
      }
    }
    return { ready, later };
  }

  private async loadStreams(batch: readonly Waiting[]): Promise<Map<string, WorkingStream>> {
    const streams = new Map<string, WorkingStream>();
    const missing = new Map<Category, string[]>();
    for (const { category, request } of batch) {
      if (streams.has(request.streamId)) continue;
      const cached = this.cache.get(request.streamId);
      if (cached) streams.set(request.streamId, working(category, cached, false));
      else {
        streams.set(request.streamId, working(category, null, true));
        missing.set(category, [...(missing.get(category) ?? []), request.streamId]);
      }
    }
    for (const [category, ids] of missing) {
      for (const [id, loaded] of await category.load(this.pool, ids)) streams.set(id, working(category, loaded, true));
    }
    return streams;
  }

  /** Decides every command in the order of arrival; the refused ones are answered at once. */
  private async decideAll(batch: readonly Waiting[], streams: Map<string, WorkingStream>): Promise<Decided[]> {
    let pass = decideInOrder(batch, streams);
    if (await this.reloadStale(pass.doubtful, streams)) pass = decideInOrder(batch, streams);
    for (const { waiting, error } of pass.refused) waiting.reject(error);
    return pass.decided;
  }

  /**
   * A refusal, or an answer that appends nothing, has no version check behind it: before one is given from a cached state, the
   * stream's version is looked up, and the state loaded again where another process has moved it on.
   */
  private async reloadStale(doubtful: ReadonlySet<string>, streams: Map<string, WorkingStream>): Promise<boolean> {
    if (doubtful.size === 0) return false;
    const versions = await findVersions(this.pool, [...doubtful]);
    const reload = new Map<Category, string[]>();
    for (const id of doubtful) {
      const stream = streams.get(id);
      if (!stream || versions.get(id) === stream.before?.version) continue;
      this.cache.delete(id);
      reload.set(stream.category, [...(reload.get(stream.category) ?? []), id]);
    }
    for (const [category, ids] of reload) {
      const loaded = await category.load(this.pool, ids);
      for (const id of ids) streams.set(id, working(category, loaded.get(id) ?? null, true));
    }
    return reload.size > 0;
  }

  private async appendAll(decided: readonly Decided[], streams: ReadonlyMap<string, WorkingStream>): Promise<void> {
    const prepared = prepare(decided, streams);
    if (prepared.events.length === 0 && prepared.receipts.length === 0) {
      for (const { waiting, outcome } of decided) waiting.resolve(outcome);
      this.remember(streams);
      return;
    }
    const result = await append(this.pool, prepared);
    if (!result.committed) {
      const admitted = refuseBeyondGuards(decided, result.guards);
      await this.decideAgain(admitted, new Set(result.streams), new Set(result.receipts));
      return;
    }
    this.remember(streams);
    for (const { waiting, outcome } of decided) waiting.resolve(outcome);
    this.options.onCommit?.(result.firstPosition + prepared.events.length - 1, prepared.views);
  }

  private remember(streams: ReadonlyMap<string, WorkingStream>): void {
    for (const [id, stream] of streams) {
      if (stream.state === null) continue;
      const weight = stream.category.weigh?.(stream.state) ?? 1;
      this.cache.set(id, { state: stream.state, version: stream.version }, weight);
    }
  }

  /** Another process was faster on some streams: those are loaded afresh; nothing of the batch was written. */
  private async decideAgain(
    decided: readonly Decided[],
    stale: ReadonlySet<string>,
    taken: ReadonlySet<string>,
  ): Promise<void> {
    for (const id of stale) this.cache.delete(id);
    const again: Waiting[] = [];
    const beaten = decided.filter(({ waiting }) => stale.has(waiting.request.streamId));
    const committed = await findCommitted(
      this.pool,
      beaten.map(({ waiting, firstVersion }) => probe(waiting, firstVersion)),
    );
    for (const { waiting, outcome } of decided) {
      const { streamId, receipt } = waiting.request;
      if (committed.has(waiting.metadata.commandId)) waiting.resolve(outcome);
      else {
        const lost = stale.has(streamId) || (receipt !== undefined && taken.has(receiptName(receipt)));
        if (lost && ++waiting.attempts >= maxAttempts) {
          waiting.reject(new RefusedError('SERVICE_UNAVAILABLE', 'Too many writers at once. Try again shortly.'));
        } else again.push(waiting);
      }
    }
    this.waiting.unshift(...again);
  }

  /**
   * The batch failed as a whole. After a lost connection nobody knows whether it was committed, so each command is looked for
   * by its id and tried again if it is not there; after any other error the commands are tried one by one, and only the one
   * at fault is refused.
   */
  private async recover(batch: readonly Waiting[], error: unknown): Promise<void> {
    for (const { request } of batch) this.cache.delete(request.streamId);
    const lost = isConnectionLoss(error);
    this.options.onFailure?.({ error, commands: batch.length, connectionLost: lost });
    if (lost) {
      await this.resume(batch);
      return;
    }
    if (batch.length > 1) {
      for (const each of batch) await this.commit([each]);
      return;
    }
    const only = batch[0];
    if (!only) return;
    const constraint = (error as { constraint?: unknown }).constraint;
    const explained = typeof constraint === 'string' ? only.category.explain?.(constraint, null) : undefined;
    only.reject(explained ?? error);
  }

  private async resume(batch: readonly Waiting[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await pause(Math.min(50 * 2 ** attempt, 2000));
      try {
        const committed = await findCommitted(
          this.pool,
          batch.map((each) => probe(each, null)),
        );
        const again: Waiting[] = [];
        for (const each of batch) {
          const { category, request, metadata } = each;
          if (!committed.has(metadata.commandId)) {
            again.push(each);
            continue;
          }
          const stored = await this.load(category, request.streamId);
          if (stored) {
            const outcome = { state: stored.state, version: stored.version, events: [] };
            each.resolve(request.answer ? { ...outcome, answer: request.answer(stored.state, []) } : outcome);
          }
        }
        this.waiting.unshift(...again);
        return;
      } catch (error) {
        if (!isConnectionLoss(error) || attempt >= 12 || this.closed) {
          for (const each of batch) {
            each.reject(new RefusedError('SERVICE_UNAVAILABLE', 'The database cannot be reached. Try again shortly.'));
          }
          return;
        }
      }
    }
  }
}

function working(category: Category, loaded: VersionedState<unknown> | null, fresh: boolean): WorkingStream {
  return { category, before: loaded, fresh, state: loaded?.state ?? null, version: loaded?.version ?? 0, events: [] };
}

interface Pass {
  readonly decided: Decided[];
  readonly refused: { readonly waiting: Waiting; readonly error: unknown }[];
  /** Streams of which a cached state refused a command, or had nothing to append. */
  readonly doubtful: Set<string>;
}

function decideInOrder(batch: readonly Waiting[], streams: Map<string, WorkingStream>): Pass {
  const pass: Pass = { decided: [], refused: [], doubtful: new Set() };
  for (const [id, stream] of streams) streams.set(id, working(stream.category, stream.before, stream.fresh));
  for (const waiting of batch) {
    const { streamId } = waiting.request;
    const stream = streams.get(streamId);
    if (!stream) continue;
    try {
      const decided = decideOne(waiting, stream);
      if (decided.outcome.events.length === 0 && !stream.fresh) pass.doubtful.add(streamId);
      pass.decided.push(decided);
    } catch (error) {
      if (!stream.fresh) pass.doubtful.add(streamId);
      pass.refused.push({ waiting, error });
    }
  }
  return pass;
}

function decideOne(waiting: Waiting, stream: WorkingStream): Decided {
  const { decider } = stream.category;
  const { request } = waiting;
  const events = decider.decide(stream.state, request.command);
  const state = events.reduce((current: unknown, event) => decider.evolve(current, event), stream.state);
  const answer = request.answer?.(state, events);
  const firstVersion = stream.version + 1;
  stream.state = state;
  stream.version += events.length;
  for (const event of events) stream.events.push(event);
  const outcome = { state, version: stream.version, events };
  const guards = events.length > 0 ? (stream.category.guards?.(request.command, events) ?? []) : [];
  return {
    waiting,
    firstVersion,
    guards,
    refuse: waiting.reject,
    outcome: answer === undefined ? outcome : { ...outcome, answer },
  };
}

function prepare(decided: readonly Decided[], streams: ReadonlyMap<string, WorkingStream>): Append {
  const events: PendingEvent[] = [];
  const receipts: Receipt[] = [];
  for (const { waiting, outcome, firstVersion } of decided) {
    const { request, category, metadata } = waiting;
    outcome.events.forEach((event, index) =>
      events.push({
        streamId: request.streamId,
        streamVersion: firstVersion + index,
        type: event.type,
        schemaVersion: category.schemaVersions?.[event.type] ?? 1,
        data: event.data,
        metadata,
      }),
    );
    if (request.receipt && outcome.answer !== undefined) receipts.push({ ...request.receipt, answer: outcome.answer });
  }
  const expected = [...streams]
    .filter(([, stream]) => stream.events.length > 0)
    .map(([streamId, stream]) => ({ streamId, version: stream.before?.version ?? 0 }));
  return {
    events,
    expected,
    receipts,
    views: viewsOf(streams),
    guards: guardUses(decided.flatMap(({ guards }) => guards)),
  };
}

function changesOf(streams: ReadonlyMap<string, WorkingStream>): StreamChange<unknown, DomainEvent>[] {
  return [...streams]
    .filter(([, stream]) => stream.events.length > 0)
    .map(([streamId, { before, state, version, events }]) => ({
      streamId,
      before: before?.state ?? null,
      after: state,
      version,
      events,
    }));
}

function viewsOf(streams: ReadonlyMap<string, WorkingStream>): ViewUpdate[] {
  const byCategory = new Map<Category, Map<string, WorkingStream>>();
  for (const [id, stream] of streams) {
    const same = byCategory.get(stream.category) ?? new Map<string, WorkingStream>();
    byCategory.set(stream.category, same.set(id, stream));
  }
  return [...byCategory].flatMap(([category, same]) => category.project(changesOf(same)));
}

function probe(waiting: Waiting, streamVersion: number | null) {
  return { streamId: waiting.request.streamId, streamVersion, commandId: waiting.metadata.commandId };
}

function receiptName(receipt: ReceiptKey): string {
  return `${receipt.scope}/${receipt.key}`;
}

function keyReused(): RefusedError {
  return new RefusedError(
    'IDEMPOTENCY_KEY_REUSED',
    'Idempotency-Key was used before with another request. Use a new key for a new request.',
  );
}
