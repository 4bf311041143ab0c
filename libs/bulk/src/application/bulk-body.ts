import type { BulkBody, BulkRunBody, RunFiltersBody } from '#libs/contracts';
import { RefusedError, toTimestamp } from '#libs/kernel';
import type { StoredBulk, StoredRun } from '../read/bulk-store';

/** A job as answers show it. `people`: names of people, by id. */
export function toBulkBody(job: StoredBulk, people: ReadonlyMap<string, string>): BulkBody {
  const { id, action, from, status, statusMessage, filters, position, creationDate, endDate, by, reason, size } = job;
  const rest = size - job.done;
  const name = people.get(personIn(by) ?? '');
  return {
    id,
    action,
    ...(from !== null && { from }),
    status,
    ...(statusMessage !== null && { statusMessage }),
    ...(filters !== null && { filters: filters as RunFiltersBody }),
    position,
    creationDate: toTimestamp(creationDate),
    ...(endDate !== null && { endDate: toTimestamp(endDate) }),
    by: { id: by, ...(name !== undefined && { name }) },
    ...(reason !== null && { reason }),
    runs: size,
    outcomes: {
      ...job.outcomes,
      pending: status === 'running' ? rest : 0,
      left: status === 'running' ? 0 : rest,
    },
  };
}

export function toBulkRunBody({ run_id, outcome, reason, message, retry_id }: StoredRun): BulkRunBody {
  return {
    workflowRunRef: run_id,
    outcome,
    ...(reason !== null && { reason }),
    ...(message !== null && { message }),
    ...(retry_id !== null && { retryRef: retry_id }),
  };
}

/** The id of the person who made a job; null if the token belonged to no person. */
export function personIn(actor: string): string | null {
  return /^user:(.*)$/s.exec(actor)?.[1] ?? null;
}

/** The answer is the same for unknown, malformed and foreign ids. */
export function unknownBulk(): RefusedError {
  return new RefusedError('BULK_INVALID_REFERENCE', 'Invalid Bulk reference has been provided.');
}
