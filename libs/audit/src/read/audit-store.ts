import { type Reach, teamIdsOf } from '#libs/contracts';
import { withClient } from '#libs/database';
import { isId, type ObjectKind } from '#libs/kernel';
import { lastPositionBefore, readChangePositions, readChanges, type RecordedChange } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { actorFrom, isRefused, kindOfAction, kindOfEvent, refusals, detailedEvents } from '../domain';
import { actionNames } from '#libs/kernel';
import { hashOf } from './audit-hash';
import { lookUp, beginInOrder, type Way, wayAlong } from './audit-way';

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

/** The most bytes of the data of an event that an entry shows; what is longer, its history has. */
export const maxDetails = 8192;

/** Commands that go together have an action of their own. */
const together = ['StartTask+EndTask', 'ApproveAction+RejectAction'];
/** Changes whose events are looked at for one page at most; then the page ends early, with a cursor. */
const maxLookedAt = 5000;
/** Rows of the index that are looked at for one page at most. */
const maxIndexRows = 50_000;
const longStep = 500;

/** Positions, both ends excluded. */
interface Range {
  readonly after: number;
  readonly before: number;
}

interface Found {
  readonly positions: readonly number[];
  /** Where to go on; null: there is nothing more. */
  readonly last: number | null;
  /** Rows of the index that were looked at, at most. */
  readonly rows: number;
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
    const way = wayTo(reach, filters);
    let range = await this.rangeOf(filters, upTo);
    if (cursor !== undefined) range = cut(range, order, cursor);
    for (let events = 0, rows = 0; events < maxLookedAt && rows < maxIndexRows;) {
      const found = await this.positions(filters, way, range, order, step);
      for (const change of await readChanges(this.pool, found.positions, detailedEvents, maxDetails)) {
        if (!fits(change)) continue;
        changes.push(change);
        const { position } = change.first;
        if (changes.length === limit) return { changes, next: position };
      }
      if (found.last === null) return { changes, next: null };
      range = cut(range, order, found.last);
      events += found.positions.length;
      rows += found.rows;
    }
    return { changes, next: order === 'ASC' ? range.after : range.before };
  }

  /** How many entries an actor has. */
  async countBy(reach: Reach, actor: string): Promise<number> {
    const { rows } = await this.pool.query<{ count: string }>({
      name: 'audit_count_by',
      text: 'select count(*) as count from audit_entry where actor = $1 and ($2::uuid[] is null or team_id = any($2))',
      values: [hashOf(actor), teamIdsOf(reach)],
    });
    return Number(rows[0]?.count ?? 0);
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
    { object }: AuditFilters,
    way: Way,
    range: Range,
    order: 'ASC' | 'DESC',
    step: number,
  ): Promise<Found> {
    if (object !== undefined) {
      const positions = await readChangePositions(this.pool, object, range, step, order === 'ASC' ? 'asc' : 'desc');
      return { positions, last: positions.length < step ? null : (positions.at(-1) ?? null), rows: positions.length };
    }
    const { sql, values, size } = lookUp(way, range, order, step);
    const { rows } = await withClient(this.pool, async (client) => {
      await client.query(beginInOrder);
      const found = await client.query<{ positions: string[]; rows: number; last: string | null }>(sql, values);
      await client.query('commit');
      return found;
    });
    const positions = (rows[0]?.positions ?? []).map(Number);
    const looked = rows[0]?.rows ?? 0;
    // More rows may fit among those that were looked at.
    const lastLooked = looked < size ? null : Number(rows[0]?.last);
    return {
      positions,
      last: positions.length === step ? (positions.at(-1) ?? null) : lastLooked,
      rows: looked * Math.max(way.keys.length, 1),
    };
  }
}

function cut({ after, before }: Range, order: 'ASC' | 'DESC', position: number): Range {
  return order === 'ASC' ? { after: Math.max(after, position), before } : { after, before: Math.min(before, position) };
}

function wayTo(reach: Reach, { actors, actions, kinds, outcome, reason }: AuditFilters): Way {
  const refused = outcome === 'refused' ? refusals : undefined;
  const ofKinds = kinds && actionNames.filter((each) => kinds.includes(kindOfAction(each)));
  const wanted = [actions, refused, ofKinds].filter((each) => each !== undefined);
  // An action of an earlier or later version may be about another kind of thing: what is asked for by name is looked for.
  const chosen =
    actions ?? (wanted.length > 0 ? wanted.reduce((a, b) => a.filter((each) => b.includes(each))) : undefined);
  return wayAlong({
    teams: teamIdsOf(reach),
    actions: chosen && withTogether(chosen).map(hashOf),
    actors: actors?.map(hashOf),
    hasReason: reason !== undefined,
    isRefused: outcome === undefined ? undefined : outcome === 'refused',
  });
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
