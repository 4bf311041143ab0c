import { defaultQuotas } from '../domain';
import { shownQuotas } from './shown-quotas';

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
});
