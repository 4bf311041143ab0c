import { runPhases, runStatuses, runTriggers } from '#libs/kernel';
import {
  choiceParam,
  type CursorPaging,
  cursorPaging,
  dateParam,
  enumListParam,
  labelsParam,
  listParam,
  orderParam,
  type RawQuery,
} from '#libs/http';
import type { RunSearch } from '../application/run-search';
import { runColumns, type RunPageRequest } from '../read/search-runs';

export type { RawQuery };

/** The reference's client calls schedules `scheduler`. */
const triggerNames = [...runTriggers, 'scheduler'] as const;

/** The filters of both search and count. */
export function parseCount(query: RawQuery): RunSearch {
  const labels = labelsParam(query);
  const workflows = listParam(query, 'workflows');
  const fromDate = dateParam(query, 'fromDate');
  const toDate = dateParam(query, 'toDate');
  return {
    ...(labels && { labels }),
    ...(workflows && { workflows }),
    ...(fromDate !== undefined && { fromDate }),
    ...(toDate !== undefined && { toDate }),
  };
}

/** The filters of the search. */
export function parseFilters(query: RawQuery): RunSearch {
  const statuses = enumListParam(query, 'statuses', runStatuses);
  const phases = enumListParam(query, 'phase', runPhases);
  const triggers = enumListParam(query, 'triggers', triggerNames)?.map((each) =>
    each === 'scheduler' ? 'schedule' : each,
  );
  const runs = listParam(query, 'workflowruns')?.map((id) => id.toLowerCase());
  return {
    ...parseCount(query),
    ...(statuses && { statuses }),
    ...(phases && { phases }),
    ...(triggers && { triggers }),
    ...(runs && { runs }),
  };
}

export interface ParsedSearch {
  readonly search: RunSearch;
  readonly page: CursorPaging & RunPageRequest;
  /** What its cursors belong to. */
  readonly list: unknown;
}

export function parseSearch(query: RawQuery, teamId: string): ParsedSearch {
  const search = parseFilters(query);
  const sorting = { order: orderParam(query), sort: choiceParam(query, 'sort', runColumns) ?? 'creationDate' };
  const list = { runsOf: teamId, search, ...sorting };
  return { search, page: { ...cursorPaging(query, list), ...sorting }, list };
}
