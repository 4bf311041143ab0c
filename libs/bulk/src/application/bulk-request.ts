import type { BulkRequest, RunSelection } from '#libs/contracts';
import type { BulkAction, TeamOperation } from '#libs/kernel';

/** The operation on a single run. */
export const operations: Readonly<Record<BulkAction, TeamOperation>> = {
  cancel: 'cancelWorkflowRun',
  retry: 'retryWorkflowRun',
};

export function selectionOf({ runs, filters }: BulkRequest): RunSelection {
  return runs ? { runs } : { filters: filters ?? {} };
}
