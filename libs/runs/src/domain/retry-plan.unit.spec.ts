import { planRetry } from './retry-plan';
import { started } from './spec/simulation';

describe('a retry from failed', () => {
  it('means what failed, also in a run that was made when a task could be called so', () => {
    const { run } = started([
      { name: 'failed', after: ['start'] },
      { name: 'b', after: ['start'] },
      { name: 'c', after: ['b'] },
      { name: 'end', after: ['failed:success', 'c:success'] },
    ]).work({ c: 'failed' });
    const { run: again, reused } = planRetry(run, 'failed');
    expect(again.map(({ name }) => name)).toEqual(['c', 'end']);
    expect(Object.keys(reused)).toEqual(['failed', 'b']);
  });
});
