import type { JsonObject, Labels, WorkflowRunState } from './types';

const retryOf = 'boomerang.io/retry-of';
const retryCount = 'boomerang.io/retry-count';
export const timeoutCause = 'boomerang.io/timeout-cause';
export const withStart = 'boomerang.io/submit-with-start';

/**
 * Annotations and labels that record what the server did. If a client sends them, it has copied them from a run: drop
 * them.
 */
const systemKeys: ReadonlySet<string> = new Set([
  retryOf,
  retryCount,
  timeoutCause,
  withStart,
  'boomerang.io/generation',
  'boomerang.io/kind',
  'boomerang.io/team-name',
]);

export function withoutSystemKeys<Entries extends Labels | JsonObject | undefined>(entries: Entries): Entries {
  if (!entries || !Object.keys(entries).some((key) => systemKeys.has(key))) return entries;
  return Object.fromEntries(Object.entries(entries).filter(([key]) => !systemKeys.has(key))) as Entries;
}

/** The annotations of a retry. */
export function retryAnnotations({ retry }: Pick<WorkflowRunState, 'retry'>): JsonObject {
  return retry ? { [retryOf]: retry.of, [retryCount]: retry.count } : {};
}

/** The label for finding retries. */
export function retryLabels(firstId: string): Labels {
  return { [retryOf]: firstId };
}
