/** Something that happened, in the past tense, with everything needed to understand it alone. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/**
 * A state machine without I/O: `decide` says which events a command causes (or throws a `RefusedError`), `evolve`
 * returns the state after an event. `null` is the state of a stream that does not exist yet.
 */
export interface Decider<State, Command, Event extends DomainEvent> {
  decide(state: State | null, command: Command): readonly Event[];
  evolve(state: State | null, event: Event): State;
  /**
   * `decide`, with the state after its events, for a decider that computes it anyway. It equals the fold of the events.
   */
  decideAndEvolve?(state: State | null, command: Command): Decided<State, Event>;
}

export interface Decided<State, Event extends DomainEvent> {
  readonly events: readonly Event[];
  /** The state after the events; null if the stream still does not exist. */
  readonly state: State | null;
}

/** The events that a command causes, and the state after them. */
export function decideAndEvolve<State, Command, Event extends DomainEvent>(
  decider: Decider<State, Command, Event>,
  state: State | null,
  command: Command,
): Decided<State, Event> {
  if (decider.decideAndEvolve) return decider.decideAndEvolve(state, command);
  const events = decider.decide(state, command);
  return { events, state: fold(decider, state, events) };
}

/** Folds events over a state. */
export function fold<State, Command, Event extends DomainEvent>(
  decider: Decider<State, Command, Event>,
  state: State | null,
  events: Iterable<Event>,
): State | null {
  let current = state;
  for (const event of events) current = decider.evolve(current, event);
  return current;
}
