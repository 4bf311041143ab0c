import type { Decider, DomainEvent, RefusedError, Weight } from '#libs/kernel';
import type { Pool, PoolClient } from 'pg';
import type { GuardUse, News, ViewUpdate } from './types';

export interface VersionedState<State> {
  readonly state: State;
  readonly version: number;
}

/** What one batch did to one stream. */
export interface StreamChange<State, Event> {
  readonly streamId: string;
  /** The state before the batch; `null` when the stream begins in it. */
  readonly before: State | null;
  readonly after: State;
  /** The version after the batch. */
  readonly version: number;
  readonly events: readonly Event[];
}

/** A limit that a command must stay within, and what its sender is told when it does not. */
export interface Guard extends GuardUse {
  /** `used`: what there is without the command. */
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

/** A kind of stream: how it decides, where its state is loaded from, which views are kept with it. */
export interface StreamCategory<State, Command, Event extends DomainEvent> {
  readonly name: string;
  readonly decider: Decider<State, Command, Event>;
  /** The version that new events of these types are written in; 1 where absent. */
  readonly schemaVersions?: Readonly<Record<string, number>>;
  /** Absent: events and snapshots are stored as they are in memory. */
  readonly stored?: StoredForm<State, Event>;
  /**
   * The states of the streams named as of now, in one query; `known`: what the caller has of them, of any version. A stream that does not exist is absent; null is one that would make the
   * answer too large together with the others. The state of a stream that is asked for alone is never null.
   */
  load(
    pool: Pool | PoolClient,
    streamIds: readonly string[],
    known?: ReadonlyMap<string, VersionedState<State>>,
  ): Promise<ReadonlyMap<string, VersionedState<State> | null>>;
  /** The rows of the inline views, for all changes of a batch at once. */
  project(changes: readonly StreamChange<State, Event>[]): readonly ViewUpdate[];
  /** The limits over many streams that this command, which has led to these events, must stay within. `before`: the state without them. */
  guards?(command: Command, events: readonly Event[], before: State | null): readonly Guard[];
  /** What an operator is told of one command's events, after their commit. `state`: after them. Holds nothing secret. */
  tell?(state: State, events: readonly Event[]): readonly News[];
  /** Where states are folds of events: after how many events a snapshot is worth its price. Absent = no snapshots. */
  snapshotEvery?(state: State): number;
  /** Bytes that a state takes in memory, about; counted where absent. */
  weigh?(state: State): number | Weight;
}
