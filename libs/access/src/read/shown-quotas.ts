import { defaultQuotas, type Quotas } from '../domain';

/**
 * The reference's defaults, which answers show for quotas without a limit. Minutes, GiB. Our default for live runs is
 * higher.
 */
const shownInstead: Quotas = {
  maxWorkflowCount: 10,
  maxWorkflowRunMonthly: 20,
  maxWorkflowStorage: 25,
  maxWorkflowRunStorage: 2,
  maxWorkflowRunDuration: 30,
  maxConcurrentRuns: defaultQuotas.maxConcurrentRuns,
};

/** What a team uses, by the quota that limits it. */
export type Usage = Readonly<Partial<Quotas>>;

/**
 * The quotas that answers show. 0 means no limit, but a client would read it as a quota that is used up. So the answer
 * shows the reference's default, or one more than what is used if that is higher.
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

/** The names of the quotas without a limit. */
export function unlimitedQuotas(quotas: Quotas): (keyof Quotas)[] {
  return (Object.keys(shownInstead) as (keyof Quotas)[]).filter((name) => quotas[name] === 0);
}
