import { type DomainEvent, jsonBytes, RefusedError, Turns } from '#libs/kernel';
import type { Pool } from 'pg';
import { append, appendStatement } from './append';
import { Batch, prepare, type Refused } from './batch';
import type { CommandFigures, CommandProcessorOptions } from './command-options';
import { CommandRecovery } from './command-recovery';
import { type Flight, type Landing, type Sealed, untouched } from './flight';
import { refuseBeyondGuards } from './guards';
import { Intake } from './intake';
import { KnownStates } from './known-states';
import { answerGiven, answerOf, keepAnswer, receiptName, replay } from './receipts';
import type { StreamCategory, VersionedState } from './stream-category';
import type { ReceiptKey } from './types';
import { ViewFunctions } from './view-columns';
import {
  type CommandOutcome,
  type CommandRequest,
  open,
  type ReplayedOutcome,
  WaitingCommand,
} from './waiting-command';

/** Commands that are worth two appends. */
const worthHalving = 16;
/** Commands that are worth an append of their own: while another commits, fewer wait for more. */
const worthSealing = 8;

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
  /** Commands under way by the key of their receipt: a repetition waits for them. */
  private readonly underWay = new Map<string, WaitingCommand>();
  private running: Promise<void> | null = null;
  private closed = false;
  private readonly intake: Intake;
  private readonly states: KnownStates;
  private readonly recovery: CommandRecovery;
  private readonly viewFunctions: ViewFunctions;
  private readonly maxBatch: number;
  private readonly writer: Pool;

  constructor(
    private readonly pool: Pool,
    private readonly options: CommandProcessorOptions = {},
  ) {
    this.intake = new Intake(options.maxWaiting ?? 20_000, options.maxWaitingBytes ?? 64 * 1024 * 1024);
    this.states = new KnownStates(pool, options.cacheBytes ?? 20 * 1024 * 1024);
    this.recovery = new CommandRecovery(pool, this.states, options.patience ?? 20_000, {
      alone: (commands) => this.alone(commands),
      tell: (command, outcome) => this.tell(command, outcome),
      eachGroup: (refuse) => {
        refuse(this.gathering?.commands ?? []);
        refuse(this.waiting);
        this.waiting = open(this.waiting);
      },
      onFailure: (failure) => this.options.onFailure?.(failure),
    });
    this.viewFunctions = new ViewFunctions(pool);
    this.maxBatch = options.maxBatch ?? 256;
    this.writer = options.writer ?? pool;
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
    this.intake.take(bytes);
    const command = new WaitingCommand(category, request as unknown as CommandRequest<unknown>, this.options.server);
    if (receipt) this.underWay.set(receiptName(receipt), command);
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
      this.intake.release(bytes);
      if (receipt) this.underWay.delete(receiptName(receipt));
    }
  }

  /** Commands that were taken and not answered yet. */
  get underWayCount(): number {
    return this.intake.count;
  }

  /** Whether commands come as fast as this process can take them, or did a moment ago: work that can wait should. */
  get isBusy(): boolean {
    return this.intake.isBusy;
  }

  private count({ metadata, since }: WaitingCommand, outcome: Parameters<CommandFigures['commandEnded']>[1]): void {
    this.options.figures?.commandEnded(metadata.action, outcome, (performance.now() - since) / 1000);
  }

  /** The answer that was given under this key: see `answerGiven`. */
  answerGiven(receipt: ReceiptKey): Promise<string | null> {
    return answerGiven(this.pool, receipt);
  }

  /** Keeps the answer to a request whose commands have receipts of their own, or none. One that is kept already stays. */
  keepAnswer(receipt: ReceiptKey, answer: string): Promise<void> {
    return keepAnswer(this.pool, receipt, answer);
  }

  /** The stored state of a stream as of now, or null. */
  load<State, Command, Event extends DomainEvent>(
    category: StreamCategory<State, Command, Event>,
    streamId: string,
  ): Promise<VersionedState<State> | null> {
    return this.states.load(category, streamId);
  }

  /** The last known state of a stream, which other processes may have moved on from; the stored one where none is known, or null. */
  lastKnown<State, Command, Event extends DomainEvent>(
    category: StreamCategory<State, Command, Event>,
    streamId: string,
  ): Promise<VersionedState<State> | null> {
    return this.states.lastKnown(category, streamId);
  }

  /** The state of a stream at a version that is committed, or at a later one; the stored one where this process did not commit it, or null. */
  knownAt<State, Command, Event extends DomainEvent>(
    category: StreamCategory<State, Command, Event>,
    streamId: string,
    version: number,
  ): Promise<VersionedState<State> | null> {
    return this.states.knownAt(category, streamId, version, [this.answering, this.flight]);
  }

  /** The state of this stream is read anew the next time. */
  forget(streamId: string): void {
    this.states.forget(streamId);
  }

  /** Refuses new commands and waits for those that were taken. It does not wait for a database that is away. */
  async close(): Promise<void> {
    this.closed = true;
    this.recovery.close();
    while (this.running) await this.running;
    await this.states.settled();
  }

  private async run(): Promise<void> {
    // One turn of the event loop, so that requests which arrived together share their first batch.
    await nextTurn();
    while (this.waiting.length > 0 || this.flight) {
      try {
        await this.next();
      } catch (error) {
        // Our own bug while a batch was recovered: every caller still gets an answer.
        for (const each of this.gathering?.commands ?? []) if (!each.isSettled) each.reject(error);
      }
      this.gathering = null;
    }
    this.running = null;
  }

  /** Gathers a batch, decides it and makes its statement while the former batch commits; then sends it. */
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
    if (failure) this.putBack(await this.recovery.recover(open(batch.commands), failure.error));
  }

  /** Puts commands before those that wait, except those that have an answer by now. */
  private putBack(commands: readonly WaitingCommand[]): void {
    this.waiting.unshift(...open(commands));
  }

  /** Waits for the batch that is being committed, sends the next one, then answers the first. Answers whether the next one could rest on it. */
  private async land(next: Sealed | null): Promise<boolean> {
    const { flight } = this;
    const landing = await flight?.landed;
    this.flight = null;
    if (landing && !landing.committed) {
      // Commands of the failed batch come before those that were decided on top of it.
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
    return !(await this.states.forgetStale(doubtful, batch.streams));
  }

  /** Decides commands as part of the batch. */
  private async decide(batch: Batch, commands: readonly WaitingCommand[], turns: Turns): ReturnType<Batch['decide']> {
    const group = await this.withoutReplays(batch.take(open(commands)));
    await this.states.loadStreams(batch, group, this.flight?.isSound ? this.flight.sealed.batch.streams : null);
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
        return { committed: false, again: await this.recovery.recover(commands, error) };
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
      if (await this.states.forgetStale(doubtful, batch.streams)) return open(commands);
      const sealed = await this.seal(batch, turns);
      const landing = await this.commit(sealed);
      return [...(landing.committed ? await this.answer(sealed, landing.position) : landing.again), ...left];
    } catch (error) {
      return this.recovery.recover(open(commands), error);
    }
  }

  /** Answers repetitions from their receipts: those of commands that found their key taken, or may have been committed before. */
  private async withoutReplays(commands: readonly WaitingCommand[]): Promise<readonly WaitingCommand[]> {
    const suspects = commands.filter(({ conflicts, failures }) => conflicts + failures > 0);
    return (await replay(this.pool, suspects)) ? open(commands) : commands;
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
    return {
      committed: false,
      again: await this.recovery.decideAgain(admitted, undecided, stale, new Set(result.receipts)),
    };
  }

  /** Answers the callers of a committed batch, then tells the other parts of the server. Returns the commands that must be decided again. */
  private async answer({ batch, statement, views }: Sealed, position: number): Promise<readonly WaitingCommand[]> {
    const { decided, refused, streams } = batch;
    // First of all: the callers of committed commands get their answers, whatever happens next.
    for (const { waiting, outcome } of decided) waiting.resolve(outcome);
    try {
      if (statement) this.options.onCommit?.(position, views);
      this.states.remember(streams);
      for (const { waiting, outcome } of decided) this.tell(waiting, outcome);
    } catch (error) {
      this.options.onFailure?.({ error, commands: 0, connectionLost: false });
    }
    try {
      await this.refuse(refused);
      return [];
    } catch (error) {
      return this.recovery.recover(open(batch.commands), error);
    }
  }

  /** What was carried out before under the same key is answered as it was then, also where it would be refused now. */
  private async refuse(refused: readonly Refused[]): Promise<void> {
    if (refused.length === 0) return;
    await replay(
      this.pool,
      refused.map(({ waiting }) => waiting),
    );
    for (const { waiting, error } of refused) if (!waiting.isSettled) waiting.reject(error);
  }

  private tell({ category, metadata }: WaitingCommand, { state, events }: CommandOutcome<unknown, DomainEvent>): void {
    const { onNews } = this.options;
    if (!onNews || events.length === 0) return;
    for (const news of category.tell?.(state, events) ?? []) onNews(news, metadata);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
