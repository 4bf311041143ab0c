import type { DomainEvent } from '#libs/kernel';
import type { Pool } from 'pg';
import { type Batch, working, type WorkingStream } from './batch';
import type { Flight } from './flight';
import { Snapshots } from './snapshots';
import { StateCache } from './state-cache';
import { StateLoader } from './state-loader';
import type { StreamCategory, VersionedState } from './stream-category';
import type { Category, WaitingCommand } from './waiting-command';

/** The states of streams as this process knows them: from its last commits, or from the database. */
export class KnownStates {
  /** Last known states by stream id. Some may be stale: the version check of the append finds that out. */
  private readonly cache: StateCache;
  private readonly loader: StateLoader;
  private readonly snapshots: Snapshots;

  constructor(
    private readonly pool: Pool,
    cacheBytes: number,
  ) {
    this.cache = new StateCache(cacheBytes);
    this.loader = new StateLoader(pool, (category, id) => this.cached(category, id) ?? null);
    this.snapshots = new Snapshots(pool);
  }

  /** Resolves when no snapshot is being written. */
  settled(): Promise<void> {
    return this.snapshots.settled();
  }

  /** The stored state of a stream as of now, or null. */
  async load<State, Command, Event extends DomainEvent>(
    category: StreamCategory<State, Command, Event>,
    streamId: string,
  ): Promise<VersionedState<State> | null> {
    const untyped = category as unknown as Category;
    const loaded = await this.loader.load(untyped, streamId);
    if (loaded && loaded.version > (this.cached(untyped, streamId)?.version ?? 0)) {
      this.cache.set(streamId, { ...loaded, category: untyped });
    }
    return loaded as VersionedState<State> | null;
  }

  /**
   * The last known state of a stream, which other processes may have moved on from; the stored one where none is known, or null.
   */
  async lastKnown<State, Command, Event extends DomainEvent>(
    category: StreamCategory<State, Command, Event>,
    streamId: string,
  ): Promise<VersionedState<State> | null> {
    const known = this.cached(category, streamId);
    return known ? (known as VersionedState<State>) : this.load(category, streamId);
  }

  /**
   * The state of a stream at a version that is committed, or at a later one; the stored one where this process did not commit it, or null.
   */
  async knownAt<State, Command, Event extends DomainEvent>(
    category: StreamCategory<State, Command, Event>,
    streamId: string,
    version: number,
    flights: readonly (Flight | null)[],
  ): Promise<VersionedState<State> | null> {
    const known = this.cached(category, streamId) ?? null;
    if (known && known.version >= version) return known as VersionedState<State>;
    // A reader of the ledger may see a commit before its answer has come here.
    for (const flight of flights) {
      const left = flight?.sealed.batch.streams.get(streamId);
      if (!flight || !left || left.state === null || left.version < version || left.category.name !== category.name)
        continue;
      if ((await flight.landed).committed) return { state: left.state as State, version: left.version };
    }
    return this.load(category, streamId);
  }

  /** The last known state; of a stream of that category, whatever else may have been asked for under its id. */
  private cached(category: Category, streamId: string): VersionedState<unknown> | undefined {
    const known = this.cache.get(streamId);
    return known?.category.name === category.name ? known : undefined;
  }

  /** The state of this stream is read anew the next time. */
  forget(streamId: string): void {
    this.cache.delete(streamId);
  }

  /** Adds the streams that the commands name to the batch: as the batch that is being committed leaves them, as they are remembered, or as they are stored. */
  async loadStreams(
    batch: Batch,
    commands: readonly WaitingCommand[],
    before: ReadonlyMap<string, WorkingStream> | null,
  ): Promise<void> {
    const { streams } = batch;
    const missing = new Map<Category, string[]>();
    for (const { category, parts } of commands) {
      for (const { streamId } of parts) {
        if (streams.has(streamId)) continue;
        const ahead = before?.get(streamId);
        const known = this.cached(category, streamId);
        if (ahead && ahead.events.length > 0 && ahead.category.name === category.name) {
          streams.set(streamId, working(category, { state: ahead.state, version: ahead.version }, true));
        } else if (known) streams.set(streamId, working(category, known, false));
        else {
          streams.set(streamId, working(category, null, true));
          missing.set(category, [...(missing.get(category) ?? []), streamId]);
        }
      }
    }
    for (const [category, ids] of missing) {
      for (const [id, loaded] of await category.load(this.pool, ids)) {
        if (loaded === null) streams.delete(id);
        else streams.set(id, working(category, loaded, true));
      }
    }
    // The first command has room, whatever its streams take together.
    const [first] = commands;
    for (const { streamId } of first?.parts ?? []) {
      if (!first || streams.has(streamId)) continue;
      streams.set(streamId, working(first.category, await this.load(first.category, streamId), true));
    }
  }

  /**
   * A refusal, or an answer that appends nothing, has no version check behind it: before one is given from a cached state, the
   * stream's version is looked up, and the state forgotten where another process has moved it on. Whether there is such a one.
   */
  async forgetStale(doubtful: ReadonlySet<string>, streams: ReadonlyMap<string, WorkingStream>): Promise<boolean> {
    if (doubtful.size === 0) return false;
    const versions = await findVersions(this.pool, [...doubtful]);
    const stale = [...doubtful].filter((id) => versions.get(id) !== streams.get(id)?.before?.version);
    for (const id of stale) this.cache.delete(id);
    return stale.length > 0;
  }

  /** Keeps the states of a batch's streams after its commit. */
  remember(streams: ReadonlyMap<string, WorkingStream>): void {
    for (const [id, stream] of streams) {
      if (stream.state === null) continue;
      const { state, version, category } = stream;
      this.cache.set(id, { state, version, category });
      this.snapshots.offer(id, stream);
    }
  }
}

/** The current versions of the streams in the ledger. */
async function findVersions(pool: Pool, streamIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query<{ id: string; version: number }>({
    name: 'find_versions',
    text: `select s.id, (select max(stream_version) from event where stream_id = s.id) as version
             from unnest($1::uuid[]) as s(id)`,
    values: [streamIds],
  });
  return new Map(rows.map((row) => [row.id, row.version]));
}
