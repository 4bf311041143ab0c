import { started, type TaskSketch } from './spec/simulation';

const after = (value: string, ...edges: readonly string[]): readonly TaskSketch[] => [
  { name: 'where', type: 'decision', after: ['start'], params: { value } },
  ...edges.map((edge, index) => ({ name: `t${index}`, type: 'setwfproperty' as const, after: [`where${edge}`] })),
  { name: 'end', after: edges.map((_edge, index) => `t${index}:success`) },
];

describe('a run whose decision leads nowhere', () => {
  it.each([
    ['no condition matches', after('green', '[blue]', '[red]'), 'decision where was taken: its value, "green",'],
    ['the value is empty', after('', '[blue]'), 'its value, "",'],
    ['the value is long', after('g'.repeat(501), '[blue]'), 'a text of more than 500 characters'],
  ])('says so where %s', (_name, sketch, message) => {
    expect(started(sketch).run).toMatchObject({
      status: 'failed',
      statusMessage: expect.stringContaining(message) as string,
    });
  });

  it.each([
    ['an edge is without condition', after('green', '[blue]', '')],
    ['an edge matches', after('blue', '[blue]', '[red]')],
  ])('says something else where %s', (_name, sketch) => {
    expect(started(sketch).run.statusMessage ?? '').not.toContain('decision');
  });
});
