import { type Reach, teamIdsOf } from '#libs/contracts';
import { Conditions } from '#libs/database';
import { isId } from '#libs/kernel';
import { lastPositionBefore, readChangePositions, readChanges, type RecordedChange } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { actorFrom, isRefused, kindOfEvent, type ObjectKind, trailEvents } from '../domain';
import { hashOf } from './audit-hash';

export interface AuditFilters {
  /** As events name them: see `Actor`. */
  readonly actors?: readonly string[];
  /** Types of commands. */
  readonly actions?: readonly string[];
  /** The id of a run, a workflow, a token …: the stream. */
  readonly object?: string;
  readonly kinds?: readonly ObjectKind[];
  /** Milliseconds since the epoch: from this moment on. */
  readonly fromDate?: number;
  /** Milliseconds since the epoch: before this moment. */
  readonly toDate?: number;
  readonly outcome?: 'success' | 'refused';
  /** A part of the reason, upper and lower case alike. */
  readonly reason?: string;
}

export interface AuditPageRequest {
  readonly order: 'ASC' | 'DESC';
  readonly limit: number;
  /** The position after which the page begins, in its order. */
  readonly cursor?: number;
  /** Nothing beyond this position is looked at: the index is whole up to it. */
  readonly upTo: number;
}

export interface AuditPage {
  readonly changes: readonly RecordedChange[];
  /** Where the next page begins; null: there is nothing more. */
  readonly next: number | null;
}

/** Commands that go together have an action of their own. */
const together = ['StartTask+EndTask'];
/** Changes that are looked at for one page at most; then the page ends early, with a cursor. */
const maxLookedAt = 5000;
const longStep = 500;

/** Positions, both ends excluded. */
interface Range {
  readonly after: number;
  readonly before: number;
}

/** Reads the trail: finds positions by the index, or by the object's stream, and looks at the events themselves. */
@Injectable()
export class AuditStore {
  constructor(private readonly pool: Pool) {}

  async search(
    reach: Reach,
    filters: AuditFilters,
    { order, limit, cursor, upTo }: AuditPageRequest,
  ): Promise<AuditPage> {
    const fits = fitOf(filters, teamIdsOf(reach));
    const changes: RecordedChange[] = [];
    // Filters that the index does not know need more than the page has.
    const step = filters.kinds || filters.reason !== undefined ? longStep : limit;
    let range = await this.rangeOf(filters, upTo);
    if (cursor !== undefined) range = cut(range, order, cursor);
    for (let lookedAt = 0; lookedAt < maxLookedAt; lookedAt += step) {
      const positions = await this.positions(reach, filters, range, order, step);
      for (const change of await readChanges(this.pool, positions, trailEvents)) {
        if (!fits(change)) continue;
        changes.push(change);
        const { position } = change.first;
        if (changes.length === limit) return { changes, next: position };
      }
      const last = positions.at(-1);
      if (last === undefined || positions.length < step) return { changes, next: null };
      range = cut(range, order, last);
    }
    return { changes, next: order === 'ASC' ? range.after : range.before };
  }

  /** The names of things, by id. */
  async names(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.pool.query<{ id: string; name: string }>({
      name: 'audit_names_of',
      text: 'select id, name from audit_name where id = any($1::uuid[])',
      values: [ids],
    });
    return new Map(rows.map(({ id, name }) => [id, name]));
  }

  /** What kinds of things these streams are; of others nothing. */
  async kinds(ids: readonly string[]): Promise<ReadonlyMap<string, ObjectKind>> {
    if (ids.length === 0) return new Map();
    const { rows } = await this.pool.query<{ id: string; type: string }>({
      name: 'audit_kinds',
      text: 'select stream_id as id, type from event where stream_id = any($1::uuid[]) and stream_version = 1',
      values: [ids.filter(isId)],
    });
    return new Map(
      rows.flatMap(({ id, type }) => {
        const kind = kindOfEvent(type);
        return kind === null ? [] : [[id, kind] as const];
      }),
    );
  }

  private async rangeOf({ fromDate, toDate }: AuditFilters, upTo: number): Promise<Range> {
    const [after, last] = await Promise.all([
      fromDate === undefined ? 0 : lastPositionBefore(this.pool, fromDate),
      toDate === undefined ? upTo : lastPositionBefore(this.pool, toDate),
    ]);
    return { after, before: Math.min(last, upTo) + 1 };
  }

  private async positions(
    reach: Reach,
    filters: AuditFilters,
    range: Range,
    order: 'ASC' | 'DESC',
    step: number,
  ): Promise<number[]> {
    if (filters.object !== undefined)
      return readChangePositions(this.pool, filters.object, range, step, order === 'ASC' ? 'asc' : 'desc');
    const conditions = new Conditions().add('position > ?', range.after).add('position < ?', range.before);
    const teams = teamIdsOf(reach);
    if (teams?.length === 1) conditions.add('team_id = ?::uuid', teams[0]);
    else if (teams) conditions.add('team_id = any(?::uuid[])', teams);
    if (filters.actors?.length === 1) conditions.add('actor = ?::bigint', hashOf(filters.actors[0] ?? ''));
    else if (filters.actors) conditions.add('actor = any(?::bigint[])', filters.actors.map(hashOf));
    if (filters.actions) conditions.add('action = any(?::bigint[])', withTogether(filters.actions).map(hashOf));
    if (filters.reason !== undefined) conditions.add('has_reason = ?', true);
    if (filters.outcome !== undefined) conditions.add('is_refused = ?', filters.outcome === 'refused');
    const { rows } = await this.pool.query<{ position: string }>(
      `select position from audit_entry where ${conditions.sql} order by position ${order} limit ${conditions.value(step)}`,
      conditions.values,
    );
    return rows.map(({ position }) => Number(position));
  }
}

function cut({ after, before }: Range, order: 'ASC' | 'DESC', position: number): Range {
  return order === 'ASC' ? { after: Math.max(after, position), before } : { after, before: Math.min(before, position) };
}

function withTogether(actions: readonly string[]): string[] {
  return [...actions, ...together.filter((each) => each.split('+').some((part) => actions.includes(part)))];
}

/** Whether the event itself says what the index only hints at. */
function fitOf(filters: AuditFilters, teams: readonly string[] | null): (change: RecordedChange) => boolean {
  const { actors, actions, kinds, outcome } = filters;
  const reason = filters.reason?.toLowerCase();
  const wanted = actions && withTogether(actions);
  return ({ first: { metadata, type } }) => {
    const kind = kindOfEvent(type);
    return (
      (teams === null || (metadata.teamId !== undefined && teams.includes(metadata.teamId))) &&
      (!actors || actors.includes(metadata.actor)) &&
      (!wanted || wanted.includes(metadata.action)) &&
      (!kinds || (kind !== null && kinds.includes(kind))) &&
      (reason === undefined || (metadata.reason?.toLowerCase().includes(reason) ?? false)) &&
      (outcome === undefined || (outcome === 'refused') === isRefused(type))
    );
  };
}

/** The ids of things of which a change is shown with the name. */
export function namedIds({ first }: RecordedChange): string[] {
  const { metadata, streamId } = first;
  const actor = actorFrom(metadata.actor);
  return [
    streamId,
    ...(metadata.teamId === undefined ? [] : [metadata.teamId]),
    ...(actor.kind === 'token' || actor.kind === 'schedule' ? [actor.id] : []),
    ...(metadata.tokenId === undefined ? [] : [metadata.tokenId]),
    ...(metadata.causationId !== undefined && isId(metadata.causationId) ? [metadata.causationId] : []),
  ];
}
