import { type HistoryPageBody, type ReachInTeam, serverReachIn, streamMessage, type StreamSink } from '#libs/contracts';
import { RefusedError } from '#libs/kernel';
import { type EventMetadata, headPosition, LedgerFeed, type StoredLink, toEvents, WakeUps } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { endingEventTypes, runEventTypes } from '../../domain';
import { hasArchivedIn } from '../../read/run-event-links';
import { runUpcasters } from '../run-category';
import { keepAlive, mostBehind } from './bounds';
import { Crowd } from './crowd';
import { type LiveEvent, LiveEvents, type LiveView, viewKeyOf } from './live-events';
import type { LiveScope } from './live-filter';
import { groupKeyOf, LiveGroup, LiveStream, type StreamRequest } from './live-stream';
import { MissedEvents } from './missed-events';

const types: ReadonlySet<string> = new Set(runEventTypes);
const endings: ReadonlySet<string> = new Set(endingEventTypes);
/** Events that one page looks at, at most. */
const mostLookedAt = 10_000;

export interface PageRequest extends Omit<StreamRequest, 'from'> {
  /** Absent: what is kept. */
  readonly after?: number;
  readonly limit: number;
}

/** Gives new events of runs to everybody in this process who listens: one reader of the ledger for all of them. */
@Injectable()
export class LiveRuns {
  /** Where errors of the background go. */
  onError: (error: unknown) => void = () => undefined;
  private readonly crowd = new Crowd();
  private readonly feed: LedgerFeed;
  private readonly groups = new Map<string, LiveGroup>();
  /** The groups that an event may concern: by run, by team, and those for all teams. */
  private readonly byScope = new Map<string, Set<LiveGroup>>();
  /** Told when a run ends, by run. */
  private readonly watchers = new Map<string, Set<() => void>>();
  private starting: Promise<void> | null = null;
  private stopping: Promise<void> = Promise.resolve();
  private ticker: NodeJS.Timeout | null = null;
  private isClosed = false;

  constructor(
    private readonly pool: Pool,
    wakeUps: WakeUps,
    private readonly events: LiveEvents,
    private readonly missed: MissedEvents,
  ) {
    this.feed = new LedgerFeed(pool, wakeUps, {
      handle: (links, end) => this.handle(links, end),
      onError: (error) => this.onError(error),
    });
  }

  /** Streams and waiting requests. */
  get listeners(): number {
    return this.crowd.size;
  }

  /**
   * Opens a stream; `begin` it, and `close` it when nobody reads it any more.
   * @throws RefusedError QUERY_INVALID_FILTERS if the ledger has no such position yet; EVENTS_GONE if what comes after it is not kept; QUOTA_EXCEEDED,
   * SERVICE_UNAVAILABLE if too many listen.
   */
  async open(request: StreamRequest): Promise<LiveStream> {
    const leave = await this.enter(teamKeyOf(request.scope));
    try {
      if (request.from !== undefined) await this.refuseUnkept(request.scope, request.from, this.feed.readTo);
    } catch (error) {
      leave();
      throw error;
    }
    const key = groupKeyOf(request);
    const group = this.groups.get(key) ?? new LiveGroup(key, request);
    const stream = new LiveStream(group, this.feed.readTo, request.from ?? this.feed.readTo, leave);
    group.streams.add(stream);
    this.groups.set(key, group);
    for (const scope of scopeKeys(request.scope)) {
      this.byScope.set(scope, (this.byScope.get(scope) ?? new Set()).add(group));
    }
    return stream;
  }

  /** Sends what the reader has missed, then what comes. */
  begin(stream: LiveStream, sink: StreamSink): void {
    stream.attach(sink);
    const { from } = stream;
    sink.send(Buffer.from(streamMessage({ id: from, event: 'ready', data: JSON.stringify({ position: from }) })));
    if (this.isClosed) stream.finish(shuttingDown);
    if (from >= stream.startsAt) stream.caughtUp();
    else {
      this.catchUp(stream, sink).catch((error: unknown) => {
        this.onError(error);
        stream.finish('The server could not read what was missed. Connect again.');
      });
    }
  }

  close(stream: LiveStream): void {
    const { group } = stream;
    group.streams.delete(stream);
    if (group.streams.size === 0 && this.groups.delete(group.key)) {
      for (const scope of scopeKeys(group.request.scope)) {
        const groups = this.byScope.get(scope);
        groups?.delete(group);
        if (groups?.size === 0) this.byScope.delete(scope);
      }
    }
    stream.leave();
  }

  /** A page of the events that streams still go back to. */
  async page({ scope, filter, reach, after, limit }: PageRequest): Promise<HistoryPageBody> {
    const head = await headPosition(this.pool);
    if (after !== undefined) await this.refuseUnkept(scope, after, head);
    const group = new LiveGroup('', { scope, filter, reach });
    const found: LiveEvent[] = [];
    let looked = 0;
    const range = { after: after ?? Math.max(0, head - mostBehind), upTo: head };
    let next: number | null = null;
    for await (const events of this.missed.of(scope, range, group.asksForStanding)) {
      for (const event of events) {
        if (!group.passes(event)) continue;
        if (found.length === limit) next = event.position - 1;
        if (next !== null) break;
        found.push(event);
      }
      looked += events.length;
      if (next === null && looked >= mostLookedAt) next = events.at(-1)?.position ?? null;
      if (next !== null) break;
    }
    const views = await this.viewsOf([[group, found]]);
    const bodies = found.map((event) => event.body(viewOf(views, group, event).names));
    return { events: bodies, ...(next !== null && { next }) };
  }

  /**
   * Resolves when `hasEnded` says that the run has, after so many milliseconds, or when the signal is aborted.
   * @throws RefusedError QUOTA_EXCEEDED, SERVICE_UNAVAILABLE if too many wait.
   */
  async untilEnded(
    { teamId, runId }: { readonly teamId: string; readonly runId: string },
    hasEnded: () => Promise<boolean>,
    milliseconds: number,
    signal: AbortSignal,
  ): Promise<void> {
    const leave = await this.enter(teamId);
    const watchers = this.watchers.get(runId) ?? new Set();
    let wake = (): void => undefined;
    const watcher = (): void => wake();
    this.watchers.set(runId, watchers.add(watcher));
    const over = AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
    over.addEventListener('abort', watcher);
    try {
      // Whoever has not ended by now is heard of: the feed has begun.
      while (!over.aborted && !this.isClosed) {
        const woken = new Promise<void>((resolve) => (wake = resolve));
        if (await hasEnded()) return;
        await woken;
      }
    } finally {
      over.removeEventListener('abort', watcher);
      watchers.delete(watcher);
      if (watchers.size === 0) this.watchers.delete(runId);
      leave();
    }
  }

  /** Ends every stream and all waiting at once, and takes no more. */
  end(): void {
    this.isClosed = true;
    for (const { streams } of this.groups.values()) for (const stream of streams) stream.finish(shuttingDown);
    for (const watchers of this.watchers.values()) for (const watcher of watchers) watcher();
    if (this.ticker) clearInterval(this.ticker);
  }

  /** Reads the ledger no more. */
  async stop(): Promise<void> {
    this.end();
    await this.stopping;
    await this.feed.stop();
  }

  /** Counts one more who listens, with the feed running. */
  private async enter(team: string): Promise<() => void> {
    if (this.isClosed) throw new RefusedError('SERVICE_UNAVAILABLE', shuttingDown);
    const out = this.crowd.enter(team);
    const leave = (): void => {
      out();
      if (this.crowd.size === 0) this.rest();
    };
    try {
      this.starting ??= this.stopping.then(() => this.feed.start());
      await this.starting;
    } catch (error) {
      this.starting = null;
      leave();
      throw error;
    }
    this.ticker ??= setInterval(() => this.stayAlive(), keepAlive).unref();
    return leave;
  }

  /** Nobody listens. */
  private rest(): void {
    if (this.starting === null || this.isClosed) return;
    this.stopping = this.starting.then(() => this.feed.stop());
    this.starting = null;
    if (this.ticker) clearInterval(this.ticker);
    this.ticker = null;
  }

  private stayAlive(): void {
    const position = this.feed.handledTo;
    for (const { streams } of this.groups.values()) for (const stream of streams) stream.stayAlive(position);
  }

  private async refuseUnkept(scope: LiveScope, after: number, upTo: number): Promise<void> {
    if (after > upTo) {
      const head = await headPosition(this.pool);
      if (after <= head) return;
      throw new RefusedError(
        'QUERY_INVALID_FILTERS',
        `Invalid query filters have been provided. The position after which to go on must be at most ${head}, the newest position of the ledger.`,
      );
    }
    // The whole of a run is kept for as long as the run is.
    if (scope.kind === 'run') return;
    const oldest = Math.max(0, upTo - mostBehind);
    if (after < oldest) {
      throw gone(`Events of many runs are kept from position ${oldest} on, the last ${mostBehind} of the ledger.`);
    }
    if (await hasArchivedIn(this.pool, scope.teamIds, { after, upTo })) {
      throw gone(`Events after position ${after} have left the database for archives.`);
    }
  }

  private async catchUp(stream: LiveStream, sink: StreamSink): Promise<void> {
    const { group } = stream;
    const { scope } = group.request;
    let after = stream.from;
    for (let upTo = 0; upTo !== stream.startsAt; after = upTo) {
      upTo = stream.startsAt;
      for await (const events of this.missed.of(scope, { after, upTo }, group.asksForStanding)) {
        const passing = events.filter((event) => group.passes(event));
        const views = await this.viewsOf([[group, passing]]);
        for (const event of passing) {
          await sink.room();
          if (sink.isOver) return;
          sink.send(event.message(viewOf(views, group, event)));
        }
      }
    }
    stream.caughtUp();
  }

  /** A page of the ledger: makes the messages that somebody wants, then gives them out at once. */
  private async handle(links: readonly StoredLink[], end: number): Promise<void> {
    for (const { type, streamId } of links) {
      if (endings.has(type)) for (const watcher of this.watchers.get(streamId) ?? []) watcher();
    }
    if (this.groups.size === 0) return;
    const teams = new TeamReader();
    const wanted = links.filter(
      (link) => types.has(link.type) && this.mayWant(teams.of(link.metadata), link.streamId).length > 0,
    );
    if (wanted.length === 0) return;
    const withStandings = [...this.groups.values()].some(({ asksForStanding }) => asksForStanding);
    const found = new Map<LiveGroup, LiveEvent[]>();
    for (const event of await this.events.of(toEvents(wanted, runUpcasters), withStandings)) {
      for (const group of this.mayWant(event.teamId, event.event.streamId)) {
        if (!group.passes(event)) continue;
        const same = found.get(group);
        if (same) same.push(event);
        else found.set(group, [event]);
      }
    }
    const views = await this.viewsOf([...found]);
    for (const [group, events] of found) {
      const messages = events.map((event) => event.message(viewOf(views, group, event)));
      const all = Buffer.concat(messages);
      for (const stream of group.streams) {
        const later = events.findIndex(({ position }) => position > stream.hasUpTo);
        if (later === 0) stream.take(all, end);
        else if (later > 0) stream.take(Buffer.concat(messages.slice(later)), end);
      }
    }
  }

  /** The groups that an event may concern. */
  private mayWant(teamId: string | undefined, runId: string): LiveGroup[] {
    const keys = [`run ${runId}`, `team ${teamId ?? ''}`, everyTeam];
    return keys.flatMap((key) => [...(this.byScope.get(key) ?? [])]);
  }

  /** How the groups see the actors of their events. */
  private async viewsOf(found: readonly (readonly [LiveGroup, readonly LiveEvent[]])[]): Promise<Views> {
    const wanted = new Map<string, { readonly reach: ReachInTeam; readonly events: Set<LiveEvent> }>();
    for (const [group, events] of found) {
      for (const event of events) {
        const reach = reachFor(group, event);
        const key = viewKeyOf(reach);
        const same = wanted.get(key) ?? { reach, events: new Set() };
        same.events.add(event);
        wanted.set(key, same);
      }
    }
    const views = [...wanted.values()].map(({ reach, events }) => this.events.view(reach, [...events]));
    return new Map((await Promise.all(views)).map((view) => [view.key, view]));
  }
}

type Views = ReadonlyMap<string, LiveView>;

const shuttingDown = 'The server is shutting down.';
const everyTeam = 'every team';

function viewOf(views: Views, group: LiveGroup, event: LiveEvent): LiveView {
  const key = viewKeyOf(reachFor(group, event));
  return views.get(key) ?? { key, names: new Map() };
}

function reachFor({ request: { reach } }: LiveGroup, { run }: LiveEvent): ReachInTeam {
  return reach ?? serverReachIn({ id: run.teamId, name: run.teamName });
}

function scopeKeys(scope: LiveScope): string[] {
  if (scope.kind === 'run') return [`run ${scope.runId}`];
  return scope.teamIds === null ? [everyTeam] : scope.teamIds.map((id) => `team ${id}`);
}

/** Whom a stream counts for. */
function teamKeyOf(scope: LiveScope): string {
  if (scope.kind === 'run') return scope.teamId;
  const [only, ...others] = scope.teamIds ?? [];
  return only !== undefined && others.length === 0 ? only : everyTeam;
}

function gone(why: string): RefusedError {
  return new RefusedError(
    'EVENTS_GONE',
    `${why} Read what there is now, and connect without Last-Event-ID to hear what comes.`,
  );
}

/** The team in the metadata of events: those of one command have the same text. */
class TeamReader {
  private text = '';
  private team: string | undefined;

  of(metadata: string): string | undefined {
    if (metadata !== this.text) {
      this.text = metadata;
      this.team = metadata === '' ? undefined : (JSON.parse(metadata) as EventMetadata).teamId;
    }
    return this.team;
  }
}
