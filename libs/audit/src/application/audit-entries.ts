import type { AuditEntryBody, AuditPageBody, Reach } from '#libs/contracts';
import { toTimestamp } from '#libs/kernel';
import type { RecordedChange } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { type Actor, actorFrom, isRefused, kindOfEvent } from '../domain';
import { type AuditFilters, type AuditPageRequest, AuditStore, namedIds } from '../read/audit-store';
import { AuditIndex } from './audit-index';

/** Pages of the trail, as clients see them: with names beside ids. */
@Injectable()
export class AuditEntries {
  constructor(
    private readonly store: AuditStore,
    private readonly index: AuditIndex,
  ) {}

  async page(reach: Reach, filters: AuditFilters, request: Omit<AuditPageRequest, 'upTo'>): Promise<AuditPageBody> {
    const upTo = await this.index.advance();
    const { changes, next } = await this.store.search(reach, filters, { ...request, upTo });
    const names = await this.store.names([...new Set(changes.flatMap(namedIds))]);
    const entries = changes.map((change) => toEntry(change, names));
    return { entries, ...(next !== null && { next: String(next) }), upTo };
  }
}

function toEntry({ first, events }: RecordedChange, names: ReadonlyMap<string, string>): AuditEntryBody {
  const { metadata, type, data, streamId } = first;
  const { action, reason, requestId, commandId, causationId, clientAddress, userAgent, traceparent } = metadata;
  const actor = actorFrom(metadata.actor);
  const tokenId = metadata.tokenId ?? (actor.kind === 'token' ? actor.id : undefined);
  const named = (id: string) => ({ id, ...(names.has(id) && { name: names.get(id) }) });
  const kind = kindOfEvent(type) ?? 'unknown';
  return {
    position: first.position,
    time: toTimestamp(Number(first.recordedAt / 1000n)),
    outcome: isRefused(type) ? 'refused' : 'success',
    action,
    actor: { kind: actor.kind, ...nameOf(actor, named) },
    ...(tokenId !== undefined && { token: named(tokenId) }),
    ...(metadata.teamId !== undefined && { team: named(metadata.teamId) }),
    object: { kind, ...named(streamId) },
    ...(reason !== undefined && { reason }),
    ...(requestId !== undefined && { requestId }),
    commandId,
    ...(causationId !== undefined && { causationId }),
    ...(clientAddress !== undefined && { address: clientAddress }),
    ...(userAgent !== undefined && { userAgent }),
    ...(traceparent !== undefined && { traceparent }),
    ...(kind === 'trail' && { details: data as Record<string, unknown> }),
    events: [...events],
  };
}

/** People are known by their ids; a token has a name of its own. */
function nameOf({ kind, id }: Actor, named: (id: string) => { id: string; name?: string | undefined }) {
  return kind === 'token' ? named(id) : { id, ...(id !== '' && { name: id }) };
}
