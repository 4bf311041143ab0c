import { isConnectionLoss, isPassingFault } from '#libs/database';
import { databaseAway, type DomainEvent, jsonBytes, RefusedError, Turns } from '#libs/kernel';
import type { Pool } from 'pg';
import { append, appendStatement, type AppendStatement } from './append';
import { type Failure, findCommitted, findReceipts, findVersions, pause } from './command-recovery';
import { Batch, type Decided, type MaskReason, prepare, type Refused, working, type WorkingStream } from './batch';
import { refuseBeyondGuards } from './guards';
import { LoopLoad } from './loop-load';
import { Snapshots } from './snapshots';
import { StateCache } from './state-cache';
import { StateLoader } from './state-loader';
import type { StreamCategory, VersionedState } from './stream-category';
import type { EventMetadata, News, ReceiptKey, ViewUpdate } from './types';
import { ViewFunctions } from './view-columns';
import {
  type AnyOutcome,
  type Category,
  type CommandOutcome,
  type CommandRequest,
  type ReplayedOutcome,
  WaitingCommand,
} from './waiting-command';

export interface CommandProcessorOptions {
  /** The name of this server for the metadata of events. */
  readonly server?: string;
  /** Commands that one transaction carries at most. */
  readonly maxBatch?: number;
  /** Commands that may be under way; more are refused with 503. */
  readonly maxWaiting?: number;
  /** Bytes of the commands that may be under way, about: more are refused with 503. */
  readonly maxWaitingBytes?: number;
  /** The connection that appends go through, apart from those that read; the pool's where absent. */
  readonly writer?: Pool;
  /** Bytes of states kept in memory, as their categories count them. */
  readonly cacheBytes?: number;
  /** Milliseconds that a command waits for a database that is away, from its arrival; then it is refused with 503. 20,000 where absent. */
  readonly patience?: number;
  /** Absent: reasons are kept as they were sent. */
  readonly maskReason?: MaskReason;
  readonly onCommit?: (position: number, views: readonly ViewUpdate[]) => void;
  readonly onFailure?: (failure: Failure) => void;
  /** Told of each command that was answered, and each batch that was committed; in seconds. */
  readonly figures?: CommandFigures;
  /** Told once for each change, after its commit, by the process that has committed it. */
  readonly onNews?: (news: News, metadata: EventMetadata) => void;
}

/** Hears how commands ended: see `Metrics`. */
export interface CommandFigures {
  commandEnded(type: string, outcome: 'committed' | 'repeated' | 'refused' | 'failed', seconds: number): void;
  batchCommitted(commands: number, seconds: number): void;
}

/** Times that a command is decided again because another process was faster. */
const maxConflicts = 20;
/** Times that a command is sent again after its batch was lost; from the second on without neighbours. */
const maxFailures = 5;
/** Commands that are worth two appends. */
const worthHalving = 16;
/** Commands that are worth an append of their own: while another commits, fewer wait for more. */
const worthSealing = 8;
/** So many commands under way are a crowd; milliseconds that the process counts as busy after one, if its event loop works for that part of the time. */
const crowd = 4;
const busyFor = 250;
const busyLoad = 0.6;
/** Milliseconds between two tries to reach the database, at most. */
const longestPause = 1000;

/** A batch as it is sent. */
interface Sealed {
  readonly batch: Batch;
  /** Null where nothing is to be written. */
  readonly statement: AppendStatement | null;
  readonly events: number;
  readonly views: readonly ViewUpdate[];
}

/** What has become of a batch that was sent: it is committed up to that position, and nobody is answered yet; or these of it are to be decided again. */
type Landing =
  | { readonly committed: true; readonly position: number }
  | { readonly committed: false; readonly again: readonly WaitingCommand[] };

/** A batch that is being committed. */
interface Flight {
  readonly sealed: Sealed;
  /** Resolves, never rejects. */
  landed: Promise<Landing>;
  /** Whether it may still commit as it was sent: what is decided on it then holds. */
  isSound: boolean;
  isLanded: boolean;
}

/**
 * Group commit: takes every command that waits, decides them in the order of their arrival, appends all their events in one
 * transaction, and answers each caller after that commit. While one batch commits, the next one is decided on the states that the first
 * will leave behind; if the first fails, the second is decided again. Nobody is told anything before the commit that it rests on.
 */
export class CommandProcessor {
  private waiting: WaitingCommand[] = [];
  /** The batch that is being decided. */
  private gathering: Batch | null = null;
  /** The batch that is being committed. */
  private flight: Flight | null = null;
  /** The batch that was committed last: its states may not be in the cache yet. */
  private answering: Flight | null = null;
  /** Wakes the loop while it waits for commands and for a commit. */
  private signal: (() => void) | null = null;
  private commandsHeld = 0;
  /** When commands were last under way in numbers, by `performance.now()`. */
  private lastCrowd = -Infinity;
  private readonly loopLoad = new LoopLoad();
  private bytesHeld = 0;
  /** Commands under way by the key of their receipt: a repetition waits for them. */
  private readonly underWay = new Map<string, WaitingCommand>();
  private running: Promise<void> | null = null;
  private closed = false;
  /** Last known states by stream id. What is stale in it is found out by the append's version check. */
  private readonly cache: StateCache;
  private readonly loader: StateLoader;
  private readonly snapshots: Snapshots;
  private readonly viewFunctions: ViewFunctions;
  private readonly maxBatch: number;
  private readonly maxWaiting: number;
  private readonly maxWaitingBytes: number;
  private readonly writer: Pool;
  private readonly patience: number;

  constructor(
    private readonly pool: Pool,
    private readonly options: CommandProcessorOptions = {},
  ) {
    this.cache = new StateCache(options.cacheBytes ?? 20 * 1024 * 1024);
    this.loader = new StateLoader(pool, (category, id) => this.cached(category, id) ?? null);
    this.snapshots = new Snapshots(pool);
    this.viewFunctions = new ViewFunctions(pool);
    this.maxBatch = options.maxBatch ?? 256;
    this.maxWaiting = options.maxWaiting ?? 20_000;
    this.maxWaitingBytes = options.maxWaitingBytes ?? 64 * 1024 * 1024;
    this.writer = options.writer ?? pool;
    this.patience = options.patience ?? 20_000;
  }

  /**
   * Runs one command. Resolves after its events are durable; a command that appends nothing resolves all the same. A repetition of a
   * command that is under way waits for it, and gets its answer.
   * @throws RefusedError what the decider refuses; IDEMPOTENCY_KEY_REUSED; SERVICE_UNAVAILABLE on overload, shutdown, or when the
   * database was away for too long: then the command may have been carried out or not.
   */
  async execute<State, Command, Event extends DomainEvent>(
    category: StreamCategory<State, Command, Event>,
    request: CommandRequest<Command, State, Event>,
  ): Promise<CommandOutcome<State, Event> | ReplayedOutcome> {
    const { receipt } = request;
    if (receipt) {
      for (
        let first = this.underWay.get(receiptName(receipt));
        first;
        first = this.underWay.get(receiptName(receipt))
      ) {
        const answer = await answerOf(first, receipt);
        if (answer !== null) return { replayed: true, answer };
      }
    }
    if (this.closed) throw new RefusedError('SERVICE_UNAVAILABLE', 'The server is shutting down.');
    const bytes = jsonBytes(request.command) + jsonBytes(request.also ?? null);
    this.refuseOverload(bytes);
    const command = new WaitingCommand(category, request as unknown as CommandRequest<unknown>, this.options.server);
    if (receipt) this.underWay.set(receiptName(receipt), command);
    this.commandsHeld++;
    if (this.commandsHeld >= crowd) this.lastCrowd = performance.now();
    this.bytesHeld += bytes;
    this.waiting.push(command);
    this.running ??= this.run();
    this.signal?.();
    try {
      const outcome = (await command.outcome) as CommandOutcome<State, Event> | ReplayedOutcome;
      this.count(command, 'replayed' in outcome ? 'repeated' : 'committed');
      return outcome;
    } catch (error) {
      this.count(command, error instanceof RefusedError && error.status < 500 ? 'refused' : 'failed');
      throw error;
    } finally {
      this.commandsHeld--;
      this.bytesHeld -= bytes;
      if (receipt) this.underWay.delete(receiptName(receipt));
    }
  }

  /** Commands that were taken and not answered yet. */
  get underWayCount(): number {
    return this.commandsHeld;
  }

  private count({ metadata, since }: WaitingCommand, outcome: Parameters<CommandFigures['commandEnded']>[1]): void {
    this.options.figures?.commandEnded(metadata.action, outcome, (performance.now() - since) / 1000);
  }

  /** Whether commands come as fast as this process can take them, or did a moment ago: work that can wait should. */
  get isBusy(): boolean {
    return this.loopLoad.now > busyLoad && performance.now() - this.lastCrowd < busyFor;
  }

  private refuseOverload(bytes: number): void {
    const bound =
      this.commandsHeld >= this.maxWaiting
        ? `${this.maxWaiting} commands`
        : this.bytesHeld > 0 && this.bytesHeld + bytes > this.maxWaitingBytes
          ? `${this.maxWaitingBytes} bytes of commands`
          : null;
    if (bound === null) return;
    throw new RefusedError('SERVICE_UNAVAILABLE', `The server takes ${bound} at once at most. Try again shortly.`);
  }

  /**
   * The answer that was given under this key, as its receipt keeps it; null where there is none.
   * @throws RefusedError IDEMPOTENCY_KEY_REUSED.
   */
  async answerGiven(receipt: ReceiptKey): Promise<string | null> {
    const found = (await findReceipts(this.pool, [receipt])).get(receiptName(receipt));
    if (found && found.requestHash !== receipt.requestHash) throw keyReused();
    return found?.answer ?? null;
  }

  /** Keeps the answer to a request whose commands have receipts of their own, or none. One that is kept already stays. */
  async keepAnswer({ scope, key, requestHash }: ReceiptKey, answer: string): Promise<void> {
    await this.pool.query({
      name: 'keep_answer',
      text: `insert into command_receipt (scope, key, request_hash, answer) values ($1, $2, $3, $4) on conflict do nothing`,
      values: [scope, key, requestHash, answer],
    });
  }

  /** The stored state of a stream as of now, or null. */
  async load<State, Command, Event extends DomainEvent>(
    category: StreamCategory<State, Command, Event>,
    streamId: string,
  ): Promise<VersionedState<State> | null> {
    const untyped = category as unknown as Category;
    const loaded = await this.loader.load(untyped, streamId);
    if (loaded && loaded.version > (this.cached(untyped, streamId)?.version ?? 0)) {
      this.cache.set(streamId, { ...loaded, category: untyped });
    }
    return loaded as VersionedState<State> | null;
  }

  /**
   * The last known state of a stream, which other processes may have moved on from; the stored one where none is known, or null.
   */
  async lastKnown<State, Command, Event extends DomainEvent>(
    category: StreamCategory<State, Command, Event>,
    streamId: string,
  ): Promise<VersionedState<State> | null> {
    const known = this.cached(category, streamId);
    return known ? (known as VersionedState<State>) : this.load(category, streamId);
  }

  /**
   * The state of a stream at a version that is committed, or at a later one; the stored one where this process did not commit it, or null.
   */
  async knownAt<State, Command, Event extends DomainEvent>(
    category: StreamCategory<State, Command, Event>,
    streamId: string,
    version: number,
  ): Promise<VersionedState<State> | null> {
    const known = this.cached(category, streamId) ?? null;
    if (known && known.version >= version) return known as VersionedState<State>;
    // A reader of the ledger may see a commit before its answer has come here.
    for (const flight of [this.answering, this.flight]) {
      const left = flight?.sealed.batch.streams.get(streamId);
      if (!flight || !left || left.state === null || left.version < version || left.category.name !== category.name)
        continue;
      if ((await flight.landed).committed) return { state: left.state as State, version: left.version };
    }
    return this.load(category, streamId);
  }

  /** The last known state; of a stream of that category, whatever else may have been asked for under its id. */
  private cached(category: Category, streamId: string): VersionedState<unknown> | undefined {
    const known = this.cache.get(streamId);
    return known?.category.name === category.name ? known : undefined;
  }

  /** The state of this stream is read anew the next time. */
  forget(streamId: string): void {
    this.cache.delete(streamId);
  }

  /** Refuses new commands and waits for those that were taken. A database that is away is not waited for. */
  async close(): Promise<void> {
    this.closed = true;
    while (this.running) await this.running;
    await this.snapshots.settled();
  }

  private async run(): Promise<void> {
    // One turn of the event loop, so that requests which arrived together share their first batch.
    await nextTurn();
    while (this.waiting.length > 0 || this.flight) {
      try {
        await this.next();
      } catch (error) {
        // A fault of ours while a batch was put right: nobody is left without an answer.
        for (const each of this.gathering?.commands ?? []) if (!each.isSettled) each.reject(error);
      }
      this.gathering = null;
    }
    this.running = null;
  }

  /** Gathers a batch, decides it and makes its statement while the former one commits; sends it when that has. */
  private async next(): Promise<void> {
    const batch = new Batch(this.maxBatch);
    this.gathering = batch;
    const turns = new Turns();
    let sealed: Sealed | null = null;
    let failure: { readonly error: unknown } | null = null;
    try {
      do {
        if (!(await this.gather(batch, turns))) {
          this.putBack(batch.commands);
          return;
        }
      } while (await this.hasTime(batch));
      if (batch.commands.length > 0) sealed = await this.seal(batch, turns);
    } catch (error) {
      failure = { error };
    }
    if (!(await this.land(sealed))) return;
    if (failure) this.putBack(await this.recover(open(batch.commands), failure.error));
  }

  /** They are decided before those that wait; what has been answered meanwhile is not. */
  private putBack(commands: readonly WaitingCommand[]): void {
    this.waiting.unshift(...open(commands));
  }

  /** Waits for the batch that is being committed, sends the next one, then answers the first. Whether what was decided on it holds. */
  private async land(next: Sealed | null): Promise<boolean> {
    const { flight } = this;
    const landing = await flight?.landed;
    this.flight = null;
    if (landing && !landing.committed) {
      // What it is to decide again comes before what was decided on it.
      this.putBack(this.gathering?.commands ?? []);
      this.putBack(landing.again);
      return false;
    }
    this.answering = flight;
    if (next) this.flight = this.send(next);
    if (!flight || !landing) return true;
    // The statement is on its way before Node is busy with the answers.
    if (next) await nextTurn();
    this.putBack(await this.answer(flight.sealed, landing.position));
    this.answering = null;
    return true;
  }

  /** Resolves when more commands are to join the batch, or with false when it is time to send it. */
  private async hasTime(batch: Batch): Promise<boolean> {
    while (batch.room > 0) {
      const taken = batch.commands.length;
      const isIdle = !this.flight || this.flight.isLanded;
      if (this.waiting.length > 0) return !isIdle || taken < Math.max(this.waiting.length, worthHalving / 2);
      if (isIdle || taken >= worthSealing) return false;
      await new Promise<void>((resolve) => (this.signal = resolve));
      this.signal = null;
      // Requests that were read together are decided together.
      await nextTurn();
    }
    return false;
  }

  /**
   * How many of those that wait the batch takes. While nothing commits it takes half of many: the others are decided while it commits, so
   * that Node and PostgreSQL work at the same time also where every caller waits for the last commit.
   */
  private share(batch: Batch): number {
    const all = Math.min(batch.room, this.waiting.length);
    return this.flight || all < worthHalving ? all : Math.ceil(all / 2);
  }

  /** Takes what waits into the batch, and decides it. False when the batch stands on states that another process has moved on from. */
  private async gather(batch: Batch, turns: Turns): Promise<boolean> {
    const { left, doubtful } = await this.decide(batch, this.waiting.splice(0, this.share(batch)), turns);
    // Before anything can fail: the batch has given them back.
    this.putBack(left);
    return !(await this.forgetStale(doubtful, batch.streams));
  }

  /** Decides commands as part of the batch. */
  private async decide(batch: Batch, commands: readonly WaitingCommand[], turns: Turns): ReturnType<Batch['decide']> {
    const group = await this.withoutReplays(batch.take(open(commands)));
    await this.loadStreams(batch, group);
    return batch.decide(group, turns);
  }

  private async seal(batch: Batch, turns: Turns): Promise<Sealed> {
    const prepared = await prepare(batch, turns, this.options.maskReason);
    const { events, receipts, views } = prepared;
    const isEmpty = events.length === 0 && receipts.length === 0;
    const statement = isEmpty ? null : await appendStatement(this.viewFunctions, prepared, turns);
    return { batch, statement, events: events.length, views };
  }

  private send(sealed: Sealed): Flight {
    const flight: Flight = {
      sealed,
      landed: Promise.resolve(untouched),
      isSound: true,
      isLanded: false,
    };
    flight.landed = this.commit(sealed, flight).finally(() => {
      flight.isLanded = true;
      this.signal?.();
    });
    return flight;
  }

  /** Appends the batch. */
  private async commit(sealed: Sealed, flight?: Flight): Promise<Landing> {
    try {
      return await this.append(sealed);
    } catch (error) {
      if (flight) flight.isSound = false;
      const commands = open(sealed.batch.commands);
      try {
        return { committed: false, again: await this.recover(commands, error) };
      } catch (fault) {
        for (const each of open(commands)) each.reject(fault);
        return { committed: false, again: [] };
      }
    }
  }

  /** Decides commands and commits them, apart from all others. */
  private async alone(commands: readonly WaitingCommand[]): Promise<readonly WaitingCommand[]> {
    const batch = new Batch(this.maxBatch);
    const turns = new Turns();
    try {
      const { left, doubtful } = await this.decide(batch, commands, turns);
      if (await this.forgetStale(doubtful, batch.streams)) return open(commands);
      const sealed = await this.seal(batch, turns);
      const landing = await this.commit(sealed);
      return [...(landing.committed ? await this.answer(sealed, landing.position) : landing.again), ...left];
    } catch (error) {
      return this.recover(open(commands), error);
    }
  }

  /** Answers repetitions from their receipts: those of commands that found their key taken, or may have been committed before. */
  private async withoutReplays(commands: readonly WaitingCommand[]): Promise<readonly WaitingCommand[]> {
    const suspects = commands.filter(({ conflicts, failures }) => conflicts + failures > 0);
    return (await this.replay(suspects)) ? open(commands) : commands;
  }

  /** Whether one of them was answered from its receipt. */
  private async replay(commands: readonly WaitingCommand[]): Promise<boolean> {
    const keys = commands.flatMap((each) => (each.request.receipt ? [each.request.receipt] : []));
    if (keys.length === 0) return false;
    const known = await findReceipts(this.pool, keys);
    for (const each of commands) {
      const { receipt } = each.request;
      const found = receipt && known.get(receiptName(receipt));
      if (!found) continue;
      if (found.requestHash === receipt.requestHash) each.resolve({ replayed: true, answer: found.answer });
      else each.reject(keyReused());
    }
    return known.size > 0;
  }

  /** Adds the streams that the commands name to the batch: as the batch that is being committed leaves them, as they are remembered, or as they are stored. */
  private async loadStreams(batch: Batch, commands: readonly WaitingCommand[]): Promise<void> {
    const { streams } = batch;
    const before = this.flight?.isSound ? this.flight.sealed.batch.streams : null;
    const missing = new Map<Category, string[]>();
    for (const { category, parts } of commands) {
      for (const { streamId } of parts) {
        if (streams.has(streamId)) continue;
        const ahead = before?.get(streamId);
        const known = this.cached(category, streamId);
        if (ahead && ahead.events.length > 0 && ahead.category.name === category.name) {
          streams.set(streamId, working(category, { state: ahead.state, version: ahead.version }, true));
        } else if (known) streams.set(streamId, working(category, known, false));
        else {
          streams.set(streamId, working(category, null, true));
          missing.set(category, [...(missing.get(category) ?? []), streamId]);
        }
      }
    }
    for (const [category, ids] of missing) {
      for (const [id, loaded] of await category.load(this.pool, ids)) {
        if (loaded === null) streams.delete(id);
        else streams.set(id, working(category, loaded, true));
      }
    }
    // The first command has room, whatever its streams take together.
    const [first] = commands;
    for (const { streamId } of first?.parts ?? []) {
      if (!first || streams.has(streamId)) continue;
      streams.set(streamId, working(first.category, await this.load(first.category, streamId), true));
    }
  }

  /**
   * A refusal, or an answer that appends nothing, has no version check behind it: before one is given from a cached state, the
   * stream's version is looked up, and the state forgotten where another process has moved it on. Whether there is such a one.
   */
  private async forgetStale(
    doubtful: ReadonlySet<string>,
    streams: ReadonlyMap<string, WorkingStream>,
  ): Promise<boolean> {
    if (doubtful.size === 0) return false;
    const versions = await findVersions(this.pool, [...doubtful]);
    const stale = [...doubtful].filter((id) => versions.get(id) !== streams.get(id)?.before?.version);
    for (const id of stale) this.cache.delete(id);
    return stale.length > 0;
  }

  private async append({ batch, statement, events }: Sealed): Promise<Landing> {
    if (!statement) return untouched;
    const { decided, refused } = batch;
    for (const { waiting, outcome } of decided) waiting.sent = outcome;
    const began = performance.now();
    const result = await append(this.writer, statement);
    if (result.committed) this.options.figures?.batchCommitted(decided.length, (performance.now() - began) / 1000);
    if (result.committed) return { committed: true, position: result.firstPosition + events - 1 };
    const admitted = refuseBeyondGuards(decided, result.guards);
    const undecided = refused.map(({ waiting }) => waiting);
    const stale = new Set(result.streams);
    return { committed: false, again: await this.decideAgain(admitted, undecided, stale, new Set(result.receipts)) };
  }

  /** Answers those of a committed batch, and tells the rest of the house. Which of them are to be decided again. */
  private async answer({ batch, statement, views }: Sealed, position: number): Promise<readonly WaitingCommand[]> {
    const { decided, refused, streams } = batch;
    // First of all: what is committed is answered whatever happens next, and never decided again.
    for (const { waiting, outcome } of decided) waiting.resolve(outcome);
    try {
      if (statement) this.options.onCommit?.(position, views);
      this.remember(streams);
      for (const { waiting, outcome } of decided) this.tell(waiting, outcome);
    } catch (error) {
      this.options.onFailure?.({ error, commands: 0, connectionLost: false });
    }
    try {
      await this.refuse(refused);
      return [];
    } catch (error) {
      return this.recover(open(batch.commands), error);
    }
  }

  /** What was carried out before under the same key is answered as it was then, also where it would be refused now. */
  private async refuse(refused: readonly Refused[]): Promise<void> {
    if (refused.length === 0) return;
    await this.replay(refused.map(({ waiting }) => waiting));
    for (const { waiting, error } of refused) if (!waiting.isSettled) waiting.reject(error);
  }

  private tell({ category, metadata }: WaitingCommand, { state, events }: CommandOutcome<unknown, DomainEvent>): void {
    const { onNews } = this.options;
    if (!onNews || events.length === 0) return;
    for (const news of category.tell?.(state, events) ?? []) onNews(news, metadata);
  }

  private remember(streams: ReadonlyMap<string, WorkingStream>): void {
    for (const [id, stream] of streams) {
      if (stream.state === null) continue;
      const { state, version, category } = stream;
      this.cache.set(id, { state, version, category });
      this.snapshots.offer(id, stream);
    }
  }

  /** Another process was faster on some streams: those are loaded afresh; nothing of the batch was written. */
  private async decideAgain(
    decided: readonly Decided[],
    refused: readonly WaitingCommand[],
    stale: ReadonlySet<string>,
    taken: ReadonlySet<string>,
  ): Promise<readonly WaitingCommand[]> {
    for (const id of stale) this.cache.delete(id);
    const beaten = decided.filter(({ waiting }) => isOnAny(waiting, stale));
    const committed = await findCommitted(
      this.pool,
      beaten.flatMap(({ waiting, parts }) =>
        parts.map(({ streamId, firstVersion }) => probe(waiting, streamId, firstVersion)),
      ),
    );
    for (const { waiting, outcome } of decided) {
      const { receipt } = waiting.request;
      if (committed.has(waiting.metadata.commandId)) {
        waiting.resolve(outcome);
        this.tell(waiting, outcome);
      } else {
        const isBeaten = isOnAny(waiting, stale) || (receipt !== undefined && taken.has(receiptName(receipt)));
        if (isBeaten && ++waiting.conflicts >= maxConflicts) {
          waiting.reject(new RefusedError('SERVICE_UNAVAILABLE', 'Too many writers at once. Try again shortly.'));
        }
      }
    }
    return open([...decided.map(({ waiting }) => waiting), ...refused]);
  }

  /**
   * The batch failed as a whole. After a lost connection nobody knows whether it was committed, so each command is looked for
   * by its id and tried again if it is not there; after any other error the commands are tried one by one, and only the one
   * at fault is refused.
   */
  private async recover(batch: readonly WaitingCommand[], error: unknown): Promise<readonly WaitingCommand[]> {
    for (const { parts } of batch) for (const { streamId } of parts) this.cache.delete(streamId);
    const connectionLost = isConnectionLoss(error);
    this.options.onFailure?.({ error, commands: batch.length, connectionLost });
    if (connectionLost || isPassingFault(error)) return this.resume(batch);
    if (batch.length > 1) return this.oneByOne(batch);
    batch[0]?.reject(error);
    return [];
  }

  private async oneByOne(commands: readonly WaitingCommand[]): Promise<readonly WaitingCommand[]> {
    const again: WaitingCommand[] = [];
    for (const each of commands) again.push(...(await this.alone([each])));
    return again;
  }

  private async resume(batch: readonly WaitingCommand[]): Promise<readonly WaitingCommand[]> {
    for (const each of batch) each.failures++;
    await this.findOut(batch);
    const left = open(batch);
    for (const each of left.filter(({ failures }) => failures >= maxFailures)) {
      const message = `The command has failed ${maxFailures} times for reasons outside of it. Try again shortly.`;
      each.reject(new RefusedError('SERVICE_UNAVAILABLE', message));
    }
    // A command that breaks connections must not take its neighbours along: the second time each is sent alone.
    const alone = left.length > 1 ? open(left).filter(({ failures }) => failures > 1) : [];
    const together = open(left).filter((each) => !alone.includes(each));
    return [...together, ...(await this.oneByOne(alone))];
  }

  /** Asks the database, as soon as it can say so, which commands of the batch are committed, and answers those. */
  private async findOut(batch: readonly WaitingCommand[]): Promise<void> {
    for (let attempt = 0; open(batch).length > 0; attempt++) {
      await pause(Math.min(50 * 2 ** attempt, longestPause));
      try {
        const committed = await findCommitted(
          this.pool,
          open(batch).flatMap((each) => each.parts.map(({ streamId }) => probe(each, streamId, null))),
        );
        await this.answerCommitted(open(batch).filter(({ metadata }) => committed.has(metadata.commandId)));
        return;
      } catch (error) {
        if (!isConnectionLoss(error) && !isPassingFault(error)) throw error;
        this.refuseImpatient(batch);
        this.refuseImpatient(this.gathering?.commands ?? []);
        this.refuseImpatient(this.waiting);
        this.waiting = open(this.waiting);
      }
    }
  }

  /** Who has waited for the database long enough, or is in the way of a shutdown. */
  private refuseImpatient(commands: readonly WaitingCommand[]): void {
    const now = performance.now();
    for (const each of open(commands)) {
      if (!this.closed && now - each.since < this.patience) continue;
      each.reject(databaseAway());
    }
  }

  /** What was committed before the connection was lost is answered, also where its stream cannot be read any more. */
  private async answerCommitted(commands: readonly WaitingCommand[]): Promise<void> {
    const keys = commands.flatMap((each) => (each.request.receipt ? [each.request.receipt] : []));
    const receipts = keys.length > 0 ? await findReceipts(this.pool, keys) : new Map<string, { answer: string }>();
    for (const each of commands) {
      const { receipt } = each.request;
      const kept = receipt && receipts.get(receiptName(receipt));
      if (kept) each.resolve({ replayed: true, answer: kept.answer });
      else if (each.sent) each.resolve(each.sent);
      else each.reject(new RefusedError('SERVICE_UNAVAILABLE', 'The command is carried out, and its answer is lost.'));
      if (each.sent) this.tell(each, each.sent);
    }
  }
}

/** Nothing was to be written. */
const untouched: Landing = { committed: true, position: 0 };

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Those that have not been answered. */
function open(commands: readonly WaitingCommand[]): WaitingCommand[] {
  return commands.filter(({ isSettled }) => !isSettled);
}

/** What the first command under a key is answered; null when it was refused, and the key may be used again. */
async function answerOf(first: WaitingCommand, { requestHash }: ReceiptKey): Promise<string | null> {
  if (first.request.receipt?.requestHash !== requestHash) throw keyReused();
  const outcome = await first.outcome.catch((): AnyOutcome | null => null);
  return outcome?.answer ?? null;
}

function isOnAny({ parts }: WaitingCommand, streams: ReadonlySet<string>): boolean {
  return parts.some(({ streamId }) => streams.has(streamId));
}

function probe(waiting: WaitingCommand, streamId: string, streamVersion: number | null) {
  return { streamId, streamVersion, commandId: waiting.metadata.commandId };
}

function receiptName(receipt: ReceiptKey): string {
  return `${receipt.scope}/${receipt.key}`;
}

/** An `Idempotency-Key` came with another request than before. */
export function keyReused(): RefusedError {
  return new RefusedError(
    'IDEMPOTENCY_KEY_REUSED',
    'Idempotency-Key was used before with another request. Use a new key for a new request.',
  );
}
