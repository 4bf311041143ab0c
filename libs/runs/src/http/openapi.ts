import {
  ApiDates,
  ApiInteger,
  ApiCursorPaging,
  ApiText,
  ApiLabels,
  ApiListFilter,
  ApiOrder,
  ApiPathName,
  ApiSort,
} from '#libs/http';
import { applyDecorators } from '@nestjs/common';

export function ApiRunId(description: string) {
  return ApiPathName('workflowRunId', description);
}

/** Parameters of the count; `ApiRunSearch` adds those of the search. */
export function ApiRunCount() {
  return applyDecorators(
    ApiLabels(),
    ApiListFilter('workflows', 'List of Workflow IDs or names to filter for.', [
      '63d3656ca845957db7d25ef0',
      '63a3e732b0496509a7f1d763',
    ]),
    ApiDates(),
  );
}

/** The filters of the search. */
export function ApiRunFilters() {
  return applyDecorators(
    ApiRunCount(),
    ApiListFilter('statuses', 'List of statuses to filter for. Defaults to all.', ['succeeded', 'skipped']),
    ApiListFilter('phase', 'List of phases to filter for. Defaults to all.', ['completed', 'finalized']),
    ApiListFilter('workflowruns', 'List of WorkflowRun IDs to filter for.'),
    ApiListFilter('triggers', 'List of Triggers to filter for.'),
  );
}

export function ApiRunSearch() {
  return applyDecorators(
    ApiRunFilters(),
    ApiCursorPaging(),
    ApiOrder('order', 'ASC'),
    ApiSort(['creationDate', 'workflowName']),
  );
}

/** The moment of a run as it was. */
export function ApiPastRun() {
  return applyDecorators(
    ApiText(
      'at',
      'The run as it was: at a position of the ledger, or at a time with its offset, such as 2026-11-25T10:05:00Z. Absent: as it is.',
    ),
    ApiInteger('version', 'The run as it was after this many of its events; not together with at', { minimum: 1 }),
  );
}
