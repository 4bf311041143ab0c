import { defaultQuotas, type Quotas } from '../domain';

/** The reference's numbers, which its client shows where a team has no limit of its own. Minutes, GiB. Of live runs there may be more here. */
const shownInstead: Quotas = {
  maxWorkflowCount: 10,
  maxWorkflowRunMonthly: 20,
  maxWorkflowStorage: 25,
  maxWorkflowRunStorage: 2,
  maxWorkflowRunDuration: 30,
  maxConcurrentRuns: defaultQuotas.maxConcurrentRuns,
};

/** What a team uses, by the quota that would limit it. */
export type Usage = Readonly<Partial<Quotas>>;

/**
 * Quotas as they are shown. 0 is no limit, and a client would read it as one that is used up: it is shown as the reference's number, or
 * as one more than what is used where that is more.
 */
export function shownQuotas(quotas: Quotas, usage: Usage = {}): Quotas {
  const shown = (name: keyof Quotas) =>
    quotas[name] > 0 ? quotas[name] : Math.max(shownInstead[name], (usage[name] ?? 0) + 1);
  return {
    maxWorkflowCount: shown('maxWorkflowCount'),
    maxWorkflowRunMonthly: shown('maxWorkflowRunMonthly'),
    maxWorkflowStorage: shown('maxWorkflowStorage'),
    maxWorkflowRunStorage: shown('maxWorkflowRunStorage'),
    maxWorkflowRunDuration: shown('maxWorkflowRunDuration'),
    maxConcurrentRuns: shown('maxConcurrentRuns'),
  };
}
