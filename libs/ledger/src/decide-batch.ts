import { type DomainEvent, jsonBytes, type Turns } from '#libs/kernel';
import type { Append } from './append';
import { type Guarded, guardUses } from './guards';
import type { Guard, StreamChange, VersionedState } from './stream-category';
import type { PendingEvent, Receipt, ViewUpdate } from './types';
import type { Category, CommandOutcome, Part, PartOutcome, WaitingCommand } from './waiting-command';

/** A command of a batch, and what it has led to. */
export interface Decided extends Guarded {
  readonly waiting: WaitingCommand;
  readonly outcome: CommandOutcome<unknown, DomainEvent>;
  readonly parts: readonly DecidedPart[];
}

/** One of the commands that go together, on its stream. */
export interface DecidedPart extends PartOutcome<unknown, DomainEvent> {
  readonly streamId: string;
  readonly firstVersion: number;
  readonly guards: readonly Guard[];
}

/** A command of a batch that its decider refuses. It is told after the commit: what it was refused on may not be committed yet. */
export interface Refused {
  readonly waiting: WaitingCommand;
  readonly error: unknown;
}

export interface WorkingStream {
  readonly category: Category;
  readonly before: VersionedState<unknown> | null;
  /** Whether `before` was read from the database for this batch, not taken from the cache. */
  readonly fresh: boolean;
  state: unknown;
  version: number;
  readonly events: DomainEvent[];
}

export function working(category: Category, loaded: VersionedState<unknown> | null, fresh: boolean): WorkingStream {
  return { category, before: loaded, fresh, state: loaded?.state ?? null, version: loaded?.version ?? 0, events: [] };
}

export interface Pass {
  readonly decided: Decided[];
  readonly refused: Refused[];
  /** Streams of which a cached state refused a command, or had nothing to append. */
  readonly doubtful: Set<string>;
  /** Commands for which this batch has no room: their streams are not among those given, or enough is to be written. */
  readonly left: WaitingCommand[];
}

/** Bytes that a batch writes: the command that passes them is the last that it takes. */
const maxBatchBytes = 4 * 1024 * 1024;

export async function decideInOrder(
  batch: readonly WaitingCommand[],
  streams: Map<string, WorkingStream>,
  turns: Turns,
): Promise<Pass> {
  const pass: Pass = { decided: [], refused: [], doubtful: new Set(), left: [] };
  for (const [id, stream] of streams) streams.set(id, working(stream.category, stream.before, stream.fresh));
  let bytes = 0;
  for (const waiting of batch) {
    const own = waiting.parts.map(({ streamId }) => streams.get(streamId));
    if (bytes > maxBatchBytes || own.includes(undefined)) {
      pass.left.push(waiting);
      continue;
    }
    await turns.give();
    const states = own.map((stream) => stream?.state);
    const before = own.map(snapshotOf);
    try {
      const decided = decideAllParts(waiting, streams);
      for (const [index, stream] of own.entries()) if (stream) bytes += bytesWritten(stream, states[index]);
      for (const { streamId, events } of decided.parts) {
        if (events.length === 0 && !streams.get(streamId)?.fresh) pass.doubtful.add(streamId);
      }
      pass.decided.push(decided);
    } catch (error) {
      for (const undo of before.reverse()) undo();
      for (const { streamId } of waiting.parts) if (!streams.get(streamId)?.fresh) pass.doubtful.add(streamId);
      pass.refused.push({ waiting, error });
    }
  }
  return pass;
}

/** How to put a stream back to where it is now. */
function snapshotOf(stream: WorkingStream | undefined): () => void {
  if (!stream) return () => undefined;
  const { state, version } = stream;
  const { length } = stream.events;
  return () => {
    stream.state = state;
    stream.version = version;
    stream.events.length = length;
  };
}

/** The command and those that go with it; what one of them throws is for all. */
function decideAllParts(waiting: WaitingCommand, streams: ReadonlyMap<string, WorkingStream>): Decided {
  const parts = waiting.parts.map((part) => {
    const stream = streams.get(part.streamId);
    if (!stream) throw new Error(`Stream ${part.streamId} was not loaded`);
    return decideOne(part, stream);
  });
  const [first, ...also] = parts;
  if (!first) throw new Error('A command has no part');
  const { state, version, events } = first;
  const answer = waiting.request.answer?.(state, events, also);
  const outcome = { state, version, events, also };
  return {
    waiting,
    parts,
    guards: parts.flatMap(({ guards }) => guards),
    refuse: (error) => waiting.reject(error),
    outcome: answer === undefined ? outcome : { ...outcome, answer },
  };
}

function decideOne({ streamId, command }: Part<unknown>, stream: WorkingStream): DecidedPart {
  const { decider } = stream.category;
  const before = stream.state;
  const events = decider.decide(before, command);
  const state = events.reduce((current: unknown, event) => decider.evolve(current, event), before);
  const firstVersion = stream.version + 1;
  stream.state = state;
  stream.version += events.length;
  for (const event of events) stream.events.push(event);
  const guards = events.length > 0 ? (stream.category.guards?.(command, events, before) ?? []) : [];
  return { streamId, firstVersion, guards, state, version: stream.version, events };
}

function bytesWritten({ category, state }: WorkingStream, before: unknown): number {
  if (state === before) return 0;
  return category.writes?.(before, state) ?? jsonBytes(state);
}

export async function prepare(
  decided: readonly Decided[],
  streams: ReadonlyMap<string, WorkingStream>,
  turns: Turns,
): Promise<Append> {
  const events: PendingEvent[] = [];
  const receipts: Receipt[] = [];
  for (const { waiting, outcome, parts } of decided) {
    const { request, category, metadata } = waiting;
    for (const { streamId, firstVersion, events: own } of parts) {
      own.forEach((event, index) =>
        events.push({
          streamId,
          streamVersion: firstVersion + index,
          type: event.type,
          schemaVersion: category.schemaVersions?.[event.type] ?? 1,
          data: event.data,
          metadata,
        }),
      );
    }
    if (request.receipt && outcome.answer !== undefined) receipts.push({ ...request.receipt, answer: outcome.answer });
  }
  const expected = [...streams]
    .filter(([, stream]) => stream.events.length > 0)
    .map(([streamId, stream]) => ({ streamId, version: stream.before?.version ?? 0 }));
  return {
    events,
    expected,
    receipts,
    views: await viewsOf(streams, turns),
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

async function viewsOf(streams: ReadonlyMap<string, WorkingStream>, turns: Turns): Promise<ViewUpdate[]> {
  const byCategory = new Map<Category, Map<string, WorkingStream>>();
  for (const [id, stream] of streams) {
    const same = byCategory.get(stream.category) ?? new Map<string, WorkingStream>();
    byCategory.set(stream.category, same.set(id, stream));
  }
  const views: ViewUpdate[] = [];
  for (const [category, same] of byCategory) {
    await turns.give();
    views.push(...category.project(changesOf(same)));
  }
  return views;
}
