import { nearestName } from './nearest-name';

const known = ['labels', 'statuses', 'phase', 'workflows', 'workflowruns', 'fromDate', 'toDate', 'limit'];

describe('the name that was probably meant', () => {
  it.each([
    ['lables', 'labels'],
    ['status', 'statuses'],
    ['workflow', 'workflows'],
    ['workflowRuns', 'workflowruns'],
    ['fromdate', 'fromDate'],
    ['limt', 'limit'],
    ['offset', undefined],
    ['x', undefined],
    ['', undefined],
    ['l'.repeat(5000), undefined],
  ])('%s: %s', (given, meant) => {
    expect(nearestName(given, known)).toBe(meant);
  });
});
