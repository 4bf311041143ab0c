import { parseCount, parseSearch } from './run-query';

describe('the query of a search', () => {
  it('without parameters is the first page of all, oldest first', () => {
    expect(parseSearch({}, 'team')).toMatchObject({
      search: {},
      page: { page: 0, limit: 10, order: 'ASC', sort: 'creationDate' },
    });
  });

  it('takes what the reference’s client calls schedules, and ids in any case', () => {
    const { search } = parseSearch(
      { triggers: 'Scheduler,engine', workflowruns: 'ABC', statuses: 'FAILED', phase: 'running' },
      'team',
    );
    expect(search).toEqual({
      triggers: ['schedule', 'engine'],
      runs: ['abc'],
      statuses: ['failed'],
      phases: ['running'],
    });
  });

  it.each(['statuses', 'phase', 'triggers', 'sort', 'order', 'labels'])('refuses nonsense in %s', (name) => {
    expect(() => parseSearch({ [name]: 'nonsense' }, 'team')).toThrow(`Parameter ${name}`);
  });

  it('of a count takes the filters of both', () => {
    const query = { labels: 'a=b', workflows: 'x,y', fromDate: '1', toDate: '2', limit: '5' };
    expect(parseCount(query)).toEqual({ labels: { a: 'b' }, workflows: ['x', 'y'], fromDate: 1, toDate: 2 });
  });
});
