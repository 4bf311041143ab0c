import type { Decider, DomainEvent, RefusedError } from '#libs/kernel';
import type { Pool, PoolClient } from 'pg';
import type { GuardUse, News, ViewUpdate } from './types';
import type { Upcasters } from './upcasters';

export interface VersionedState<State> {
  readonly state: State;
  readonly version: number;
}

/** The effect of one batch on one stream. */
export interface StreamChange<State, Event> {
  readonly streamId: string;
  /** The state before the batch; `null` if the stream begins in it. */
  readonly before: State | null;
  readonly after: State;
  /** The version after the batch. */
  readonly version: number;
  readonly events: readonly Event[];
}

/** A limit for a command, and the refusal if it is exceeded. */
export interface Guard extends GuardUse {
  /** `used`: the amount without the command. */
  refuse(used: number): RefusedError;
}

/** How a category stores what in memory is longer: what many streams share is stored once, and referred to. */
export interface StoredForm<State, Event extends DomainEvent> {
  /** The data of an event, as they are hashed and stored. */
  packEvent(event: Event): unknown;
  /** A state, as a snapshot stores it. */
  packState(state: State): unknown;
  /** Reads, in one statement, what these events and states refer to. */
  open(
    client: Pool | PoolClient,
    events: readonly DomainEvent[],
    states: readonly unknown[],
  ): Promise<Opened<State, Event>>;
}

/** Makes events and states whole again, of those that were to be opened. Null: what they refer to made the answer too large. */
export interface Opened<State, Event extends DomainEvent> {
  event(stored: DomainEvent): Event | null;
  state(stored: unknown): State | null;
}

/** The bytes of a state in memory: its own, and those of a part that it shares with others, which are counted once for all of them. */
export interface Weight {
  readonly own: number;
  readonly shared: { readonly by: object; readonly bytes: number };
}

/** A kind of stream: its decider, how to load its state, and its views. */
export interface StreamCategory<State, Command, Event extends DomainEvent> {
  readonly name: string;
  readonly decider: Decider<State, Command, Event>;
  /** From the shapes that its events once had to those of today, which new events are written in. Absent: they have always been the same. */
  readonly upcasters?: Upcasters;
  /** Absent: events and snapshots are stored as they are in memory. */
  readonly stored?: StoredForm<State, Event>;
  /**
   * The current states of the named streams, in one query; `known`: states that the caller has, of any version. A
   * stream that does not exist is absent; null is one that would make the answer too large together with the others. If
   * only one stream is requested, its state is never null.
   */
  load(
    pool: Pool | PoolClient,
    streamIds: readonly string[],
    known?: ReadonlyMap<string, VersionedState<State>>,
  ): Promise<ReadonlyMap<string, VersionedState<State> | null>>;
  /** The rows of the inline views, for all changes of a batch at once. */
  project(changes: readonly StreamChange<State, Event>[]): readonly ViewUpdate[];
  /** The limits over many streams for this command, which has led to these events. `before`: the state without them. */
  guards?(command: Command, events: readonly Event[], before: State | null): readonly Guard[];
  /** The team that the thing belongs to; null: none. Absent: none of its things belongs to a team. */
  teamOf?(state: State): string | null;
  /** The log record about one command's events, after their commit. `state`: after them. Contains nothing secret. */
  tell?(state: State, events: readonly Event[]): readonly News[];
  /** If states are folds of events: after how many events a snapshot is worth its cost. Absent = no snapshots. */
  snapshotEvery?(state: State): number;
  /** The approximate bytes of a state in memory; counted if absent. */
  weigh?(state: State): number | Weight;
}
