import { runPhases, runStatuses, runTriggers } from '#libs/kernel';
import {
  choiceParam,
  dateParam,
  enumListParam,
  labelsParam,
  listParam,
  orderParam,
  pagingParams,
  type RawQuery,
} from '#libs/http';
import type { RunSearch } from '../application/run-search';
import { runColumns, type RunPageRequest } from '../read/search-runs';

export type { RawQuery };

/** `scheduler` is what the reference's client calls schedules. */
const triggerNames = [...runTriggers, 'scheduler'] as const;

/** The filters that search and count share. */
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

export function parseSearch(query: RawQuery): { search: RunSearch; page: RunPageRequest } {
  const statuses = enumListParam(query, 'statuses', runStatuses);
  const phases = enumListParam(query, 'phase', runPhases);
  const triggers = enumListParam(query, 'triggers', triggerNames)?.map((each) =>
    each === 'scheduler' ? 'schedule' : each,
  );
  const runs = listParam(query, 'workflowruns')?.map((id) => id.toLowerCase());
  const sort = choiceParam(query, 'sort', runColumns) ?? 'creationDate';
  return {
    search: {
      ...parseCount(query),
      ...(statuses && { statuses }),
      ...(phases && { phases }),
      ...(triggers && { triggers }),
      ...(runs && { runs }),
    },
    page: { ...pagingParams(query), order: orderParam(query), sort },
  };
}
