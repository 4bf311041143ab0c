import {
  choiceParam,
  enumListParam,
  intParam,
  listParam,
  type RawQuery,
  requiredTextParam,
  textParam,
  timeParam,
} from '#libs/http';
import { isId, RefusedError, runStatuses } from '#libs/kernel';
import { parseSearchText, searchBounds } from '../domain';
import type { TextRequest } from '../read/find-run-texts';
import { type InsightPeriod, insightPeriods, type InsightsRequest } from '../read/run-insights';

const hour = 3_600_000;
const day = 24 * hour;
/** Weeks begin on Mondays: the epoch was a Thursday. */
const firstMonday = 4 * day;

/** Length, and where the first one begins; how many an answer has at most, and without dates. */
export const periodBounds: Readonly<
  Record<
    InsightPeriod,
    { readonly length: number; readonly origin: number; readonly most: number; readonly usual: number }
  >
> = {
  hour: { length: hour, origin: 0, most: 7 * 24, usual: 24 },
  day: { length: day, origin: 0, most: 400, usual: 14 },
  week: { length: 7 * day, origin: firstMonday, most: 104, usual: 12 },
};

const afterAll = Date.UTC(9999, 0, 1);

/** Workflows that one answer puts together at most. */
export const mostWorkflows = 20;

function invalid(message: string): RefusedError {
  return new RefusedError('QUERY_INVALID_FILTERS', `Invalid query filters have been provided. ${message}`);
}

/** Whole periods that hold the dates. `now`: milliseconds since the epoch. @throws RefusedError QUERY_INVALID_FILTERS naming the parameter. */
export function parseInsights(query: RawQuery, now: number): InsightsRequest {
  const period = choiceParam(query, 'period', insightPeriods) ?? 'day';
  const { length, origin, most, usual } = periodBounds[period];
  const begin = (time: number, direction: 'floor' | 'ceil') =>
    Math[direction]((time - origin) / length) * length + origin;
  const until = timeParam(query, 'toDate') ?? now + 1;
  const since = timeParam(query, 'fromDate');
  // The period that holds the last date must have an end that can be told.
  if (until >= afterAll) throw invalid('Parameter toDate must be before the year 9999.');
  const to = begin(until, 'ceil');
  const from = begin(since ?? to - usual * length, 'floor');
  if (from >= to || (since !== undefined && since >= until)) throw invalid('Parameter fromDate must be before toDate.');
  if ((to - from) / length > most) {
    throw invalid(`Parameter fromDate must be at most ${most} times the period, ${period}, before toDate.`);
  }
  const workflows = listParam(query, 'workflows');
  if (workflows && workflows.length > mostWorkflows)
    throw invalid(`Parameter workflows must have at most ${mostWorkflows} items.`);
  const statuses = enumListParam(query, 'statuses', runStatuses);
  return { period, from, to, ...(workflows && { workflows }), ...(statuses && { statuses }) };
}

/** @throws RefusedError QUERY_INVALID_FILTERS naming the parameter. */
export function parseTextSearch(query: RawQuery): TextRequest {
  const text = requiredTextParam(query, 'q');
  if (text.length > searchBounds.text) throw invalid(`Parameter q must have at most ${searchBounds.text} characters.`);
  const wanted = parseSearchText(text);
  if (wanted.words.length === 0) throw invalid('Parameter q must have a letter or a digit.');
  if (wanted.words.length > searchBounds.words)
    throw invalid(`Parameter q must have at most ${searchBounds.words} words.`);
  const before = textParam(query, 'cursor');
  if (before !== undefined && !isId(before)) throw invalid('Parameter cursor must be the next of a page.');
  return {
    wanted,
    ...(before !== undefined && { before }),
    limit: intParam(query, 'limit', { min: 1, max: 100, default: 20 }),
  };
}
