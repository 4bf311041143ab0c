import { type DomainEvent, newId } from '#libs/kernel';
import type { StreamCategory } from './stream-category';
import type { CommandMetadata, EventMetadata, ReceiptKey } from './types';

export interface CommandRequest<Command, State = unknown, Event = unknown> {
  readonly streamId: string;
  readonly command: Command;
  readonly metadata: CommandMetadata;
  /** Commands of the same category that are carried out with this one, or none of them: on its stream or on others, in this order. */
  readonly also?: readonly Part<Command>[];
  /** Answers a repetition under the same key from the first one's receipt. Needs `answer`. */
  readonly receipt?: ReceiptKey;
  /** Shapes the answer that the receipt keeps: JSON text. Pure; called inside the batch, before the commit. */
  readonly answer?: (state: State, events: readonly Event[], also: readonly PartOutcome<State, Event>[]) => string;
}

export interface Part<Command> {
  readonly streamId: string;
  readonly command: Command;
}

/** What a command has led to on its stream. */
export interface PartOutcome<State, Event> {
  readonly state: State;
  readonly version: number;
  readonly events: readonly Event[];
}

export interface CommandOutcome<State, Event> extends PartOutcome<State, Event> {
  /** Of the commands that went with it, in their order. */
  readonly also: readonly PartOutcome<State, Event>[];
  /** The answer kept in the receipt; the first one's, word for word, where `replayed`. */
  readonly answer?: string;
}

/** The command was carried out before, under the same idempotency key. */
export interface ReplayedOutcome {
  readonly replayed: true;
  readonly answer: string;
}

export type Category = StreamCategory<unknown, unknown, DomainEvent>;
export type AnyOutcome = CommandOutcome<unknown, DomainEvent> | ReplayedOutcome;

/** A command whose caller waits for its answer. It is answered once; one that was answered is never decided again. */
export class WaitingCommand {
  readonly metadata: EventMetadata;
  /** The command itself, and those that go with it. */
  readonly parts: readonly Part<unknown>[];
  readonly outcome: Promise<AnyOutcome>;
  /** By `performance.now()`. */
  readonly since = performance.now();
  /** Times that another process was faster. */
  conflicts = 0;
  /** Times that its batch failed for a reason outside: a lost connection, a deadlock. */
  failures = 0;
  /** What it had led to when it was last sent to the database. */
  sent: CommandOutcome<unknown, DomainEvent> | null = null;
  private settled = false;
  private succeed!: (outcome: AnyOutcome) => void;
  private fail!: (error: unknown) => void;

  constructor(
    readonly category: Category,
    readonly request: CommandRequest<unknown>,
  ) {
    this.parts = request.also ? [request, ...request.also] : [request];
    this.metadata = { ...request.metadata, commandId: request.metadata.commandId ?? newId() };
    this.outcome = new Promise((resolve, reject) => {
      this.succeed = resolve;
      this.fail = reject;
    });
  }

  get isSettled(): boolean {
    return this.settled;
  }

  resolve(outcome: AnyOutcome): void {
    this.settled = true;
    this.succeed(outcome);
  }

  reject(error: unknown): void {
    this.settled = true;
    this.fail(error);
  }
}
