import { decideAndEvolve, type DomainEvent, type Turns } from '#libs/kernel';
import type { Append } from './append';
import { type Guarded, guardUses } from './guards';
import type { Guard, StreamChange, VersionedState } from './stream-category';
import type { EventMetadata, PendingEvent, Receipt, ViewUpdate } from './types';
import type { Category, CommandOutcome, Part, PartOutcome, WaitingCommand } from './waiting-command';

/** A command of a batch, and what it has led to. */
export interface Decided extends Guarded {
  readonly waiting: WaitingCommand;
  readonly outcome: CommandOutcome<unknown, DomainEvent>;
  readonly parts: readonly DecidedPart[];
}

/** One of the commands that go together, on its stream. */
export interface DecidedPart extends PartOutcome<unknown, DomainEvent> {
  readonly before: unknown;
  readonly streamId: string;
  readonly firstVersion: number;
  readonly guards: readonly Guard[];
  /** Of each event the JSON text of its data, as it is hashed and stored. */
  readonly texts: readonly string[];
  /** Bytes that the state of a stream which begins takes in memory. */
  readonly begun: number;
}

/** A command of a batch that its decider refuses. It is told after the commit: what it was refused on may not be committed yet. */
export interface Refused {
  readonly waiting: WaitingCommand;
  readonly error: unknown;
}

export interface WorkingStream {
  readonly category: Category;
  readonly before: VersionedState<unknown> | null;
  /** Whether `before` needs no second look: it was read for this batch, or a batch leaves it behind that commits before this one. */
  readonly fresh: boolean;
  state: unknown;
  version: number;
  readonly events: DomainEvent[];
}

export function working(category: Category, loaded: VersionedState<unknown> | null, fresh: boolean): WorkingStream {
  return { category, before: loaded, fresh, state: loaded?.state ?? null, version: loaded?.version ?? 0, events: [] };
}

/** Characters of events that a batch appends, and bytes of states that begin in it: the command that passes them is the last that it takes. */
const maxBatchText = 4 * 1024 * 1024;

/** Commands that are committed together, as they are decided one after the other. */
export class Batch {
  /** What its commands have made of their streams so far. */
  readonly streams = new Map<string, WorkingStream>();
  readonly decided: Decided[] = [];
  readonly refused: Refused[] = [];
  /** All that it has taken, decided or not. */
  commands: readonly WaitingCommand[] = [];
  private text = 0;

  constructor(private readonly maxCommands: number) {}

  /** How many commands it still takes. */
  get room(): number {
    return this.text > maxBatchText ? 0 : this.maxCommands - this.commands.length;
  }

  take(commands: readonly WaitingCommand[]): readonly WaitingCommand[] {
    this.commands = [...this.commands, ...commands];
    return commands;
  }

  /**
   * Decides commands that it has taken, in their order; the streams that they name, where they exist, are among `streams` already.
   * @returns those that it gives back for want of room: enough is to be written, or the streams are not given; and the streams of which a cached
   * state refused a command, or had nothing to append.
   */
  async decide(
    commands: readonly WaitingCommand[],
    turns: Turns,
  ): Promise<{ readonly left: WaitingCommand[]; readonly doubtful: ReadonlySet<string> }> {
    const left: WaitingCommand[] = [];
    const doubtful = new Set<string>();
    for (const waiting of commands) {
      const places = placesOf(waiting, this.streams);
      if (this.text > maxBatchText || places === null) {
        left.push(waiting);
        continue;
      }
      await turns.give();
      const undo = places.map(({ stream }) => snapshotOf(stream));
      try {
        const parts = places.map(decideOne);
        this.decided.push(together(waiting, parts));
        for (const { streamId, events, texts, begun } of parts) {
          this.text += begun;
          for (const text of texts) this.text += text.length;
          if (events.length === 0 && !this.streams.get(streamId)?.fresh) doubtful.add(streamId);
        }
      } catch (error) {
        for (const each of undo.reverse()) each();
        for (const { part, stream } of places) if (!stream.fresh) doubtful.add(part.streamId);
        this.refused.push({ waiting, error });
      }
    }
    if (left.length > 0) this.commands = this.commands.filter((each) => !left.includes(each));
    return { left, doubtful };
  }
}

/** A command, and the stream that it is for. */
interface Place {
  readonly part: Part<unknown>;
  readonly stream: WorkingStream;
}

/** Of the command and those that go with it; null where a stream of theirs is not given. */
function placesOf({ parts }: WaitingCommand, streams: ReadonlyMap<string, WorkingStream>): Place[] | null {
  const places = parts.flatMap((part) => {
    const stream = streams.get(part.streamId);
    return stream ? [{ part, stream }] : [];
  });
  return places.length === parts.length ? places : null;
}

/** How to put a stream back to where it is now. */
function snapshotOf(stream: WorkingStream): () => void {
  const { state, version } = stream;
  const { length } = stream.events;
  return () => {
    stream.state = state;
    stream.version = version;
    stream.events.length = length;
  };
}

/** The command and those that go with it. */
function together(waiting: WaitingCommand, parts: readonly DecidedPart[]): Decided {
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

function decideOne({ part: { streamId, command }, stream }: Place): DecidedPart {
  const before = stream.state;
  const { category } = stream;
  const { events, state } = decideAndEvolve(category.decider, before, command);
  const firstVersion = stream.version + 1;
  stream.state = state;
  stream.version += events.length;
  for (const event of events) stream.events.push(event);
  const guards = events.length > 0 ? (category.guards?.(command, events, before) ?? []) : [];
  return {
    streamId,
    firstVersion,
    guards,
    before,
    state,
    version: stream.version,
    events,
    texts: events.map((event) => JSON.stringify(category.stored ? category.stored.packEvent(event) : event.data)),
    begun: before === null && state !== null ? bytesOf(category, state) : 0,
  };
}

/** Bytes that a state takes for itself. Where its category does not count, the texts of its events stand for it. */
function bytesOf(category: Category, state: unknown): number {
  const weight = category.weigh?.(state) ?? 0;
  return typeof weight === 'number' ? weight : weight.own;
}

/** What the ledger keeps of a client's reason; `known`: what its command is about, where sealed values may be. */
export type MaskReason = (reason: string, known: readonly unknown[]) => string;

/** What the batch appends. */
export async function prepare({ decided, streams }: Batch, turns: Turns, mask?: MaskReason): Promise<Append> {
  const events: PendingEvent[] = [];
  const receipts: Receipt[] = [];
  for (const { waiting, outcome, parts } of decided) {
    const { request, category } = waiting;
    const metadata = withReasonMasked(waiting.metadataOf(outcome.state), parts, request.about, mask);
    for (const { streamId, firstVersion, events: own, texts } of parts) {
      own.forEach((event, index) =>
        events.push({
          streamId,
          streamVersion: firstVersion + index,
          type: event.type,
          schemaVersion: category.upcasters?.newest(event.type) ?? 1,
          data: texts[index] ?? '',
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

/** The server's own reasons belong to no request, and hold nothing secret. */
function withReasonMasked(metadata: EventMetadata, parts: readonly DecidedPart[], about: unknown, mask?: MaskReason) {
  const { reason, requestId } = metadata;
  if (!mask || reason === undefined || requestId === undefined) return metadata;
  const known = parts.flatMap(({ before, state, events }) => [before, state, ...events.map(({ data }) => data)]);
  return { ...metadata, reason: mask(reason, [about, ...known]) };
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
