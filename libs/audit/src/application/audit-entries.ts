import { type AuditEntryBody, type AuditPageBody, FindAgentNames, type Reach } from '#libs/contracts';
import { type RecordedChange, timeOfEvent } from '#libs/ledger';
import { headOf, isId, type Json, type JsonObject } from '#libs/kernel';
import { maskAll } from '#libs/secrets';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import {
  detailedEvents,
  type Actor,
  actorFrom,
  type ActorKind,
  isRefused,
  kindOfEvent,
  type ObjectKind,
} from '../domain';
import { type AuditFilters, type AuditPageRequest, AuditStore, maxDetails, namedIds } from '../read/audit-store';
import { AuditIndex } from './audit-index';

/** Pages of the trail, as clients see them: with names beside ids. */
@Injectable()
export class AuditEntries {
  constructor(
    private readonly store: AuditStore,
    private readonly index: AuditIndex,
    private readonly queries: QueryBus,
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
    const [own, agents, causes] = await Promise.all([
      this.store.names([...new Set(changes.flatMap(namedIds))]),
      this.agentNames(reach, changes),
      this.store.kinds([...new Set(caused)]),
    ]);
    const names = new Map([...own, ...agents]);
    const entries = changes.map((change) => toEntry(change, names, causes));
    return { entries, ...(next !== null && { next: String(next) }), upTo };
  }

  private async agentNames(reach: Reach, changes: readonly RecordedChange[]): Promise<ReadonlyMap<string, string>> {
    const actors = changes.map(({ first }) => actorFrom(first.metadata.actor));
    const ids = new Set(actors.flatMap(({ kind, id }) => (kind === 'agent' ? [id] : [])));
    if (ids.size === 0) return new Map();
    return this.queries.execute<FindAgentNames, ReadonlyMap<string, string>>(new FindAgentNames(reach, [...ids]));
  }
}

/** People are known by their ids, and parts of the server by what they are called. */
const ownNames: readonly ActorKind[] = ['person', 'system'];

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

function nameOf({ kind, id }: Actor, named: (id: string) => { id: string; name?: string | undefined }) {
  return ownNames.includes(kind) ? { id, name: id } : named(id);
}
