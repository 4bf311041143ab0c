import { FindActorNames, type HistoryEventBody, type ReachInTeam, streamMessage } from '#libs/contracts';
import { CommandProcessor, type RecordedEvent, toEventBody } from '#libs/ledger';
import { PersonalValues } from '#libs/personal';
import { Inject, Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { LRUCache } from 'lru-cache';
import type { Standing, WorkflowRunState } from '../../domain';
import { ShownEvents } from '../../read/shown-event';
import { RUN_CATEGORY, type RunCategory } from '../run-category';
import type { FilteredEvent } from './live-filter';
import { RunStandings } from './run-standings';

/** Milliseconds after which the name of an actor is looked up again, and after which nobody is shown it before it has been; names that are remembered. */
const namesLast = 10_000;
const namesEnd = 20_000;
const mostNames = 10_000;

interface KnownName {
  /** Null: the actor has none. */
  readonly name: string | null;
  /** By `performance.now()`. */
  newUntil: number;
}

/** An event of a run on its way to readers. Its text is made once for each view, however many read it. */
export class LiveEvent implements FilteredEvent {
  private readonly texts = new Map<string, Buffer>();

  constructor(
    readonly event: RecordedEvent,
    readonly run: WorkflowRunState,
    readonly before: Standing | null,
    readonly after: Standing | null,
  ) {}

  get position(): number {
    return this.event.position;
  }

  get teamId(): string {
    return this.run.teamId;
  }

  body(names: ReadonlyMap<string, string>): HistoryEventBody {
    return toRunEventBody(this.event, new ShownEvents(this.run), names);
  }

  message({ key, names }: LiveView): Buffer {
    let text = this.texts.get(key);
    if (!text) {
      const { position, type } = this.event;
      text = Buffer.from(streamMessage({ id: position, event: type, data: JSON.stringify(this.body(names)) }));
      this.texts.set(key, text);
    }
    return text;
  }
}

/** How readers with the same reach see events. */
export interface LiveView {
  readonly key: string;
  /** Of actors. */
  readonly names: ReadonlyMap<string, string>;
}

/** An event of a run as answers show it. */
export function toRunEventBody(
  event: RecordedEvent,
  shown: ShownEvents,
  names: ReadonlyMap<string, string>,
): HistoryEventBody {
  const body = toEventBody(event, { names, data: shown.data(event), mask: (text) => shown.text(text) });
  return { ...body, workflowRunRef: event.streamId };
}

export function viewKeyOf(reach: ReachInTeam): string {
  return reach.kind === 'workflow' ? `${reach.team.id}/${reach.workflowId}` : reach.team.id;
}

/** Finds what filters and answers need of events of runs. */
@Injectable()
export class LiveEvents {
  /** By view and actor; null: it has none. */
  private readonly names = new LRUCache<string, KnownName>({ max: mostNames, ttl: namesEnd });

  constructor(
    private readonly processor: CommandProcessor,
    @Inject(RUN_CATEGORY) private readonly category: RunCategory,
    private readonly standings: RunStandings,
    private readonly queries: QueryBus,
    private readonly personal: PersonalValues,
  ) {}

  /** Without those of runs that have left the database. */
  async of(events: readonly RecordedEvent[], withStandings: boolean): Promise<LiveEvent[]> {
    const newest = new Map(events.map(({ streamId, streamVersion }) => [streamId, streamVersion]));
    const [found, opened] = await Promise.all([
      Promise.all([...newest].map(async ([id, version]) => [id, await this.runAt(id, version)] as const)),
      this.personal.openAll(events.map(({ data, metadata }) => ({ data, metadata }))),
    ]);
    const runs = new Map(found);
    const live: LiveEvent[] = [];
    for (const [place, event] of events.entries()) {
      const run = runs.get(event.streamId);
      if (!run) continue;
      const { before, after } = withStandings ? await this.standings.around(event) : unknownStandings;
      live.push(new LiveEvent({ ...event, ...opened[place] }, run, before, after));
    }
    return live;
  }

  /** With the names of the actors of these events. */
  async view(reach: ReachInTeam, events: readonly LiveEvent[]): Promise<LiveView> {
    const key = viewKeyOf(reach);
    const actors = [...new Set(events.map(({ event }) => event.metadata.actor))];
    const known = (actor: string): KnownName | undefined => this.names.get(`${key} ${actor}`);
    const missing = actors.filter((actor) => !known(actor));
    if (missing.length > 0) await this.findNames(reach, missing);
    this.renew(reach, actors);
    const names = actors.flatMap((actor): [string, string][] => {
      const name = known(actor)?.name ?? null;
      return name === null ? [] : [[actor, name]];
    });
    return { key, names: new Map(names) };
  }

  /** Looks names up again that are no longer new. Events do not wait for it; if it fails, they do when nobody may be shown the old ones any more. */
  private renew(reach: ReachInTeam, actors: readonly string[]): void {
    const now = performance.now();
    const old = actors.filter((actor) => {
      const known = this.names.get(`${viewKeyOf(reach)} ${actor}`);
      if (!known || known.newUntil > now) return false;
      known.newUntil = now + namesLast;
      return true;
    });
    if (old.length > 0) this.findNames(reach, old).catch(() => undefined);
  }

  private async findNames(reach: ReachInTeam, actors: readonly string[]): Promise<void> {
    const found = await this.queries.execute<FindActorNames, ReadonlyMap<string, string>>(
      new FindActorNames(reach, actors),
    );
    const newUntil = performance.now() + namesLast;
    for (const actor of actors) {
      this.names.set(`${viewKeyOf(reach)} ${actor}`, { name: found.get(actor) ?? null, newUntil });
    }
  }

  /** The run, not older than at this version. */
  private async runAt(runId: string, version: number): Promise<WorkflowRunState | null> {
    return (await this.processor.knownAt(this.category, runId, version))?.state ?? null;
  }
}

const unknownStandings = { before: null, after: null } as const;
