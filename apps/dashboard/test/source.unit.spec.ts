import { actionNames } from '#libs/kernel';
import { actions } from '../src/pages/audit/actions';
import { lineDifference } from '../src/pages/workflows/line-difference';
import { blankSource, converted, problemsIn, syntaxProblems } from '../src/pages/workflows/source';

const text = `name: x
params:
  - name: p
    type: number
    default: abc
tasks:
  - name: start
    type: start
  - name: end
    type: end
    dependencies:
      - taskRef: nobody
        executionCondition: success
`;

describe('the problems of a source', () => {
  it.each([
    ['tasks.1.type: Invalid option: expected one of "start"|"end".', [10]],
    ['taks: this field is unknown. Did you mean tasks? tasks.1.nam: this field is unknown. Did you mean name?', [1, 9]],
    ['Invalid Workflow definition. params.0 (p): default must be a number.', [3]],
    [
      'Invalid Workflow definition. Task end: dependency nobody is not a task of this workflow. There is no path from start to end: let end depend on the last tasks.',
      [12, null],
    ],
    ['Invalid Workflow definition. Task end: the name is given twice.', [9]],
  ])('%s', (message, lines) => {
    expect(problemsIn(message, text).map(({ line }) => line)).toEqual(lines);
  });

  it('keeps the words of each problem', () => {
    const [first, second] = problemsIn(
      'taks: this field is unknown. Did you mean tasks? tasks.0.nam: this field is unknown.',
      text,
    );
    expect(first?.text).toBe('taks: this field is unknown. Did you mean tasks?');
    expect(second?.text).toBe('tasks.0.nam: this field is unknown.');
  });

  it('finds the line of what cannot be read', () => {
    expect(syntaxProblems('name: x\ntasks:\n  - name: a\n   type: b\n', 'yaml')[0]?.line).toBeGreaterThanOrEqual(3);
    expect(syntaxProblems('{\n  "name": "x",\n}', 'json')).toEqual([{ text: expect.any(String) as string, line: 3 }]);
    expect(syntaxProblems(blankSource, 'yaml')).toEqual([]);
  });

  it('changes between YAML and JSON', () => {
    const json = converted(blankSource, 'json') ?? '';
    expect(JSON.parse(json)).toMatchObject({ name: 'my-workflow' });
    expect(converted(converted(json, 'yaml') ?? '', 'json')).toBe(json);
    expect(converted('a: [', 'json')).toBeNull();
  });
});

describe('the difference of two texts', () => {
  it('keeps the lines that both have', () => {
    expect(lineDifference('a\nb\nc', 'a\nx\nc').map(({ kind, text: line }) => `${kind} ${line}`)).toEqual([
      'same a',
      'before b',
      'after x',
      'same c',
    ]);
  });
});

it('has words for every action of the trail', () => {
  expect(Object.keys(actions).sort()).toEqual([...actionNames].sort());
});
