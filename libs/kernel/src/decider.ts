/** Anything that happened, in the past tense, with all it needs to be understood alone. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/**
 * A state machine without I/O: `decide` says what follows from a command (or throws a `RefusedError`), `evolve` says what
 * the state is once it has happened. `null` is the state of a stream that does not exist yet.
 */
export interface Decider<State, Command, Event extends DomainEvent> {
  decide(state: State | null, command: Command): readonly Event[];
  evolve(state: State | null, event: Event): State;
  /** `decide`, with the state after its events, for a decider that works it out anyway. It is what folding the events gives. */
  decideAndEvolve?(state: State | null, command: Command): Decided<State, Event>;
}

export interface Decided<State, Event extends DomainEvent> {
  readonly events: readonly Event[];
  /** After the events; null where there is no stream still. */
  readonly state: State | null;
}

/** What follows from a command, and the state after it. */
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
