import { defaultQuotas } from '../domain';
import { shownQuotas, unlimitedQuotas } from './shown-quotas';

describe('quotas as they are shown', () => {
  it.each([
    ['a limit of its own', { maxWorkflowCount: 3 }, {}, 3],
    ['no limit: the reference’s number', {}, {}, 10],
    ['no limit, and less in use', {}, { maxWorkflowCount: 9 }, 10],
    ['no limit, and more in use: never one that is used up', {}, { maxWorkflowCount: 10 }, 11],
    ['a limit that is used up stays', { maxWorkflowCount: 3 }, { maxWorkflowCount: 7 }, 3],
  ])('%s', (_what, quotas, usage, shown) => {
    expect(shownQuotas({ ...defaultQuotas, ...quotas }, usage).maxWorkflowCount).toBe(shown);
  });

  it('the answer names those without a limit', () => {
    const quotas = { ...defaultQuotas, maxWorkflowCount: 3, maxWorkflowRunMonthly: 0 };
    expect(unlimitedQuotas(quotas)).toContain('maxWorkflowRunMonthly');
    expect(unlimitedQuotas(quotas)).not.toContain('maxWorkflowCount');
    expect(unlimitedQuotas(quotas)).not.toContain('maxConcurrentRuns');
  });
});
