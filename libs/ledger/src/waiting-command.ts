import { type DomainEvent, newId } from '#libs/kernel';
import type { StreamCategory } from './stream-category';
import type { CommandMetadata, EventMetadata, ReceiptKey } from './types';

export interface CommandRequest<Command, State = unknown, Event = unknown> {
  readonly streamId: string;
  readonly command: Command;
  readonly metadata: CommandMetadata;
  /** What the request is about besides states and events: its reason may hold what is sealed there. */
  readonly about?: unknown;
  /**
   * Commands of the same category that are committed together with this one, or not at all: on its stream or on others,
   * in this order.
   */
  readonly also?: readonly Part<Command>[];
  /** Answers a repeated request with the same key from the first one's receipt. Needs `answer`. */
  readonly receipt?: ReceiptKey;
  /** Builds the answer that the receipt stores: JSON text. Pure; called inside the batch, before the commit. */
  readonly answer?: (state: State, events: readonly Event[], also: readonly PartOutcome<State, Event>[]) => string;
}

export interface Part<Command> {
  readonly streamId: string;
  readonly command: Command;
}

/** The effect of a command on its stream. */
export interface PartOutcome<State, Event> {
  readonly state: State;
  readonly version: number;
  readonly events: readonly Event[];
}

export interface CommandOutcome<State, Event> extends PartOutcome<State, Event> {
  /** The effects of the commands that went with it, in their order. */
  readonly also: readonly PartOutcome<State, Event>[];
  /** The answer in the receipt; if `replayed`, the first one's, word for word. */
  readonly answer?: string;
}

/** The command already ran, under the same idempotency key. */
export interface ReplayedOutcome {
  readonly replayed: true;
  readonly answer: string;
}

export type Category = StreamCategory<unknown, unknown, DomainEvent>;
export type AnyOutcome = CommandOutcome<unknown, DomainEvent> | ReplayedOutcome;

/**
 * A command with a caller that waits for its answer. It is answered once; an answered command is never decided again.
 */
export class WaitingCommand {
  readonly metadata: EventMetadata;
  /** The command itself, and those that go with it. */
  readonly parts: readonly Part<unknown>[];
  readonly outcome: Promise<AnyOutcome>;
  /** By `performance.now()`. */
  readonly since = performance.now();
  /** How often another process was faster. */
  conflicts = 0;
  /** How often its batch failed for an outside reason: a lost connection, a deadlock. */
  failures = 0;
  /** Its effect when it was last sent to the database. */
  sent: CommandOutcome<unknown, DomainEvent> | null = null;
  private settled = false;
  private succeed!: (outcome: AnyOutcome) => void;
  private fail!: (error: unknown) => void;

  constructor(
    readonly category: Category,
    readonly request: CommandRequest<unknown>,
    server?: string,
  ) {
    this.parts = request.also ? [request, ...request.also] : [request];
    const { commandId = newId(), action = actionOf(this.parts), ...given } = request.metadata;
    this.metadata = { ...given, action, commandId, ...(server !== undefined && { server }) };
    this.outcome = new Promise((resolve, reject) => {
      this.succeed = resolve;
      this.fail = reject;
    });
  }

  /** With the team that the thing is in, which the sender may not have named. */
  metadataOf(state: unknown): EventMetadata {
    if (this.metadata.teamId !== undefined || state === null) return this.metadata;
    const teamId = this.category.teamOf?.(state) ?? null;
    return teamId === null ? this.metadata : { ...this.metadata, teamId };
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

/** Those that have not been answered. */
export function open(commands: readonly WaitingCommand[]): WaitingCommand[] {
  return commands.filter(({ isSettled }) => !isSettled);
}

/** The types of the commands, each once. */
function actionOf(parts: readonly Part<unknown>[]): string {
  const types = parts.map(({ command }) => (command as { readonly type: string }).type);
  return types.length === 1 ? (types[0] ?? '') : [...new Set(types)].join('+');
}
