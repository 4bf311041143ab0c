import type { TeamBody } from '#libs/contracts';

export const limits = [
  { id: 'maxConcurrentRuns', label: 'Live runs', isCounted: true },
  { id: 'maxWorkflowRunMonthly', label: 'Runs in a month', isCounted: true },
  { id: 'maxWorkflowRunDuration', label: 'Minutes of a run', isCounted: false },
  { id: 'maxWorkflowCount', label: 'Workflows', isCounted: true },
  { id: 'maxWorkflowStorage', label: 'GiB of a workflow', isCounted: false },
  { id: 'maxWorkflowRunStorage', label: 'GiB of a run', isCounted: false },
] as const;

export type LimitName = (typeof limits)[number]['id'];

/** null: no limit. Answers then have a number that means nothing, for clients that take 0 for a quota that is used up. */
export function limitOf(quotas: TeamBody['quotas'], name: LimitName): number | null {
  return quotas.unlimited.includes(name) ? null : quotas[name];
}
