import {
  type AuditEntryBody,
  type AuditPageBody,
  FindAgentNames,
  FindPeopleNames,
  FindWorkflowsOfRuns,
  type Reach,
} from '#libs/contracts';
import { type RecordedChange, timeOfEvent } from '#libs/ledger';
import { headOf, isId, type Json, type JsonObject, type ObjectKind } from '#libs/kernel';
import { PersonalValues } from '#libs/personal';
import { maskAll } from '#libs/secrets';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { detailedEvents, type Actor, actorFrom, type ActorKind, isRefused, kindOfEvent } from '../domain';
import { type AuditFilters, type AuditPageRequest, AuditStore, maxDetails, namedIds } from '../read/audit-store';
import { AuditIndex } from './audit-index';

/** Pages of the trail, as clients see them: with names beside ids. */
@Injectable()
export class AuditEntries {
  constructor(
    private readonly store: AuditStore,
    private readonly index: AuditIndex,
    private readonly queries: QueryBus,
    private readonly personal: PersonalValues,
  ) {}

  /** `end`: nothing beyond this position is looked at; absent: up to now. */
  async page(
    reach: Reach,
    filters: AuditFilters,
    { end = Infinity, ...request }: Omit<AuditPageRequest, 'upTo'> & { readonly end?: number },
  ): Promise<AuditPageBody> {
    const upTo = Math.min(end, await this.index.advance());
    const { changes, next } = await this.store.search(reach, filters, { ...request, upTo });
    const caused = changes.flatMap(({ first }) => first.metadata.causationId ?? []);
    const [names, causes] = await Promise.all([this.namesIn(reach, changes), this.store.kinds([...new Set(caused)])]);
    const entries = await this.personal.openAll(changes.map((change) => toEntry(change, names, causes)));
    return { entries, ...(next !== null && { next: String(next) }), upTo };
  }

  /** By id: what streams are called, of runs what their workflows are, and agents and people, who are no streams. Five queries at most for a page. */
  private async namesIn(reach: Reach, changes: readonly RecordedChange[]): Promise<Names> {
    if (changes.length === 0) return new Map();
    const actorIds = (kind: ActorKind) => actorsOf(changes).flatMap((actor) => (actor.kind === kind ? [actor.id] : []));
    const runIds = changes.flatMap(({ first: { type, streamId } }) =>
      kindOfEvent(type) === 'workflowrun' ? [streamId] : [],
    );
    const [workflows, agents, people] = await Promise.all([
      this.ask(reach, [...runIds, ...actorIds('run')], FindWorkflowsOfRuns),
      this.ask(reach, actorIds('agent'), FindAgentNames),
      this.ask(reach, actorIds('person'), FindPeopleNames),
    ]);
    const streams = await this.store.names([...new Set([...changes.flatMap(namedIds), ...workflows.values()])]);
    const runs = [...workflows].flatMap(([run, workflow]): [string, string][] => {
      const name = streams.get(workflow);
      return name === undefined ? [] : [[run, name]];
    });
    return new Map([...streams, ...runs, ...agents, ...people]);
  }

  private ask(
    reach: Reach,
    ids: readonly string[],
    query: new (reach: Reach, ids: readonly string[]) => object,
  ): Promise<Names> {
    if (ids.length === 0) return Promise.resolve(new Map());
    return this.queries.execute<object, Names>(new query(reach, [...new Set(ids)]));
  }
}

type Names = ReadonlyMap<string, string>;

function actorsOf(changes: readonly RecordedChange[]): Actor[] {
  return changes.map(({ first }) => actorFrom(first.metadata.actor));
}

function toEntry(
  { first, events }: RecordedChange,
  names: ReadonlyMap<string, string>,
  causes: ReadonlyMap<string, ObjectKind>,
): AuditEntryBody {
  const { metadata, type, data, streamId } = first;
  const { action, reason, requestId, commandId, causationId, clientAddress, userAgent, traceparent, server } = metadata;
  const actor = actorFrom(metadata.actor);
  const tokenId = metadata.tokenId ?? (actor.kind === 'token' ? actor.id : undefined);
  const named = (id: string) => ({ id, ...(names.has(id) && { name: names.get(id) }) });
  const kind = kindOfEvent(type) ?? 'unknown';
  return {
    position: first.position,
    time: timeOfEvent(first),
    outcome: isRefused(type) ? 'refused' : 'success',
    action,
    actor: { kind: actor.kind, ...nameOf(actor, named) },
    ...(tokenId !== undefined && { token: named(tokenId) }),
    ...(metadata.teamId !== undefined && { team: named(metadata.teamId) }),
    object: { kind, ...named(streamId) },
    ...(reason !== undefined && { reason }),
    ...(requestId !== undefined && { requestId }),
    commandId,
    ...(causationId !== undefined && { causationId, cause: causeOf(causationId, causes, named) }),
    ...(clientAddress !== undefined && { address: clientAddress }),
    ...(userAgent !== undefined && { userAgent }),
    ...(traceparent !== undefined && { traceparent }),
    ...(server !== undefined && { server }),
    ...(detailedEvents.includes(type) && { details: detailsOf(data as JsonObject) }),
    events: [...events],
  };
}

/** Without hashes of tokens and values of params, whose readers are others than the trail's; secrets masked. */
function detailsOf(data: JsonObject): JsonObject {
  if (Object.keys(data).length === 0)
    return { tooLarge: `The change has more than ${maxDetails} bytes: see its events.` };
  const shown = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(shown);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).flatMap(([name, each]) => field(name, each)));
  };
  const field = (name: string, value: Json): (readonly [string, Json])[] => {
    if (name === 'sha256') return [];
    if (name === 'parameter') return [[name, declared(value)]];
    if (name === 'parameters') return [[name, Array.isArray(value) ? value.map(declared) : value]];
    return [[name, shown(value)]];
  };
  return maskAll(shown(data) as JsonObject);
}

function declared(parameter: Json): JsonObject {
  const { name = null, type = null } = parameter as JsonObject;
  return { name, type };
}

/** What is no stream of its own is a task of a run, whose id begins as the run's does. */
function causeOf(id: string, kinds: ReadonlyMap<string, ObjectKind>, named: (id: string) => { id: string }) {
  const kind = kinds.get(id) ?? 'taskrun';
  const object = kind === 'taskrun' && isId(id) ? headOf(id) : id;
  return { kind, ...named(id), href: `/api/v2/audit?object=${encodeURIComponent(object)}` };
}

/** Parts of the server are called as they are. */
function nameOf({ kind, id }: Actor, named: (id: string) => { id: string; name?: string | undefined }) {
  return kind === 'system' ? { id, name: id } : named(id);
}
