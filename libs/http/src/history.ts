import { RefusedError } from '#libs/kernel';
import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { ApiInteger, ApiListFilter, ApiPosition, ApiStreamAnswer } from './openapi-decorators';
import { enumListParam, intParam, listParam, type Paging, type RawQuery } from './query-params';

const events = { min: 1, max: 1000, default: 100 };
const changes = { min: 1, max: 10_000, default: 1000 };
/** The most bytes of the changes in one answer: 4 MiB. One change is never refused. */
const mostChangeBytes = 4 * 1024 * 1024;

/** The parameters of a page of a history. */
export function ApiHistoryPage() {
  return applyDecorators(
    ApiPosition('after', 'List what has a higher position: next of the page before', { default: 0, minimum: 0 }),
    ApiInteger('limit', 'Most items of the page', {
      default: events.default,
      minimum: events.min,
      maximum: events.max,
    }),
  );
}

/** The parameters of a page of events. */
export function ApiHistory(types: readonly string[]) {
  return applyDecorators(
    ApiListFilter('types', 'Types of events to list. Defaults to all.', undefined, types),
    ApiListFilter('actors', 'Actors whose events to list: whole ids, or the part after the colon. Defaults to all.', [
      'user:ann',
    ]),
    ApiHistoryPage(),
  );
}

/** A page of events; or all that come, if the client accepts `text/event-stream`. */
export function ApiEventStream(types: readonly string[]) {
  return applyDecorators(
    ApiHistory(types),
    ApiPosition('lastEventId', 'Go on after this position, as with header Last-Event-ID', { minimum: 0 }),
    ApiHeader({
      name: 'Last-Event-ID',
      required: false,
      description: 'Go on after this position: the id of the last message that came. Absent: from now on.',
      schema: { type: 'integer', format: 'int64', minimum: 0 },
    }),
    ApiStreamAnswer('HistoryPage', 'A page; or, with Accept: text/event-stream, events as they come'),
  );
}

/** `after`: 0 for the first page. */
export function historyPageParams(query: RawQuery) {
  return {
    after: intParam(query, 'after', { min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 }),
    limit: intParam(query, 'limit', events),
  };
}

export function historyParams<Type extends string>(query: RawQuery, allowed: readonly Type[]) {
  const types = enumListParam(query, 'types', allowed);
  const actors = listParam(query, 'actors');
  return { ...(types && { types }), ...(actors && { actors }), ...historyPageParams(query) };
}

/** The parameters of a page of a difference. */
export function ApiChanges() {
  return applyDecorators(
    ApiInteger('limit', 'Most changes of the page', {
      default: changes.default,
      minimum: changes.min,
      maximum: changes.max,
    }),
    ApiInteger('page', 'Page Number', { default: 0, minimum: 0 }),
  );
}

export function changesParams(query: RawQuery): Paging {
  return {
    limit: intParam(query, 'limit', changes),
    page: intParam(query, 'page', { min: 0, max: 2_147_483_647, default: 0 }),
  };
}

/**
 * A page of the changes, and how many there are.
 * @throws RefusedError QUERY_INVALID_FILTERS if the page is too large.
 */
export function pageOfChanges<Change>(
  all: readonly Change[],
  { page, limit }: Paging,
): { total: number; changes: Change[] } {
  const shown = all.slice(page * limit, (page + 1) * limit);
  let bytes = 0;
  for (const change of shown) {
    bytes += Buffer.byteLength(JSON.stringify(change));
    if (bytes <= mostChangeBytes || shown.length === 1) continue;
    throw new RefusedError(
      'QUERY_INVALID_FILTERS',
      `Invalid query filters have been provided. The page would have more than ${mostChangeBytes} bytes: choose a smaller limit.`,
    );
  }
  return { total: all.length, changes: shown };
}
