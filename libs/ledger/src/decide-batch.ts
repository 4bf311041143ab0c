import { type DomainEvent, jsonBytes, type Turns } from '#libs/kernel';
import type { Append } from './append';
import { type Guarded, guardUses } from './guards';
import type { StreamChange, VersionedState } from './stream-category';
import type { PendingEvent, Receipt, ViewUpdate } from './types';
import type { Category, CommandOutcome, WaitingCommand } from './waiting-command';

/** A command of a batch, and what it has led to. */
export interface Decided extends Guarded {
  readonly waiting: WaitingCommand;
  readonly outcome: CommandOutcome<unknown, DomainEvent>;
  readonly firstVersion: number;
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
    const { streamId } = waiting.request;
    const stream = streams.get(streamId);
    if (!stream || bytes > maxBatchBytes) {
      pass.left.push(waiting);
      continue;
    }
    await turns.give();
    const before = stream.state;
    try {
      const decided = decideOne(waiting, stream);
      if (stream.state !== before) bytes += stream.category.writes?.(before, stream.state) ?? jsonBytes(stream.state);
      if (decided.outcome.events.length === 0 && !stream.fresh) pass.doubtful.add(streamId);
      pass.decided.push(decided);
    } catch (error) {
      if (!stream.fresh) pass.doubtful.add(streamId);
      pass.refused.push({ waiting, error });
    }
  }
  return pass;
}

function decideOne(waiting: WaitingCommand, stream: WorkingStream): Decided {
  const { decider } = stream.category;
  const { request } = waiting;
  const events = decider.decide(stream.state, request.command);
  const state = events.reduce((current: unknown, event) => decider.evolve(current, event), stream.state);
  const answer = request.answer?.(state, events);
  const firstVersion = stream.version + 1;
  stream.state = state;
  stream.version += events.length;
  for (const event of events) stream.events.push(event);
  const outcome = { state, version: stream.version, events };
  const guards = events.length > 0 ? (stream.category.guards?.(request.command, events) ?? []) : [];
  return {
    waiting,
    firstVersion,
    guards,
    refuse: (error) => waiting.reject(error),
    outcome: answer === undefined ? outcome : { ...outcome, answer },
  };
}

export async function prepare(
  decided: readonly Decided[],
  streams: ReadonlyMap<string, WorkingStream>,
  turns: Turns,
): Promise<Append> {
  const events: PendingEvent[] = [];
  const receipts: Receipt[] = [];
  for (const { waiting, outcome, firstVersion } of decided) {
    const { request, category, metadata } = waiting;
    outcome.events.forEach((event, index) =>
      events.push({
        streamId: request.streamId,
        streamVersion: firstVersion + index,
        type: event.type,
        schemaVersion: category.schemaVersions?.[event.type] ?? 1,
        data: event.data,
        metadata,
      }),
    );
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
