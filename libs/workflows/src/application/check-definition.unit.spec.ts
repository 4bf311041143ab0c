import type { CatalogueTask } from '#libs/contracts';
import type { RefusedError } from '#libs/kernel';
import { mask } from '#libs/secrets';
import { checkDefinition } from './check-definition';

const start = { name: 'start', type: 'start' };
const end = (...after: string[]) => ({ name: 'end', type: 'end', dependencies: after.map((taskRef) => ({ taskRef })) });
const script = (more: object = {}) => ({
  ...{ name: 'a', type: 'script', spec: { script: 'true' }, dependencies: [{ taskRef: 'start' }] },
  ...more,
});
const entry = {
  ...{ name: 'own', isSystem: false, results: [], spec: {} },
  params: [{ name: 'n', type: 'number', required: true }],
} as unknown as CatalogueTask;

/** The reason and what it says; null for a definition that could run. */
function check(definition: object, catalogue: Readonly<Record<string, CatalogueTask>> = {}): [string, string] | null {
  try {
    checkDefinition(
      { name: 'w', ...definition },
      {
        catalogue: new Map(Object.entries(catalogue)),
        settings: { global: [], team: [] },
        reveal: (value) => value,
      },
    );
    return null;
  } catch (error) {
    const { reason, message } = error as RefusedError;
    return [reason, message];
  }
}
const withTask = (more: object) => ({ tasks: [start, script(more), end('a')] });

describe('a definition', () => {
  it('that could run is taken', () => {
    expect(check(withTask({}))).toBeNull();
    expect(check({ tasks: [start, end('start')] })).toBeNull();
  });

  it.each<[string, object, string, string]>([
    ['no tasks', { tasks: [] }, 'WORKFLOW_INVALID_DEFINITION', 'needs a task of type start'],
    [
      'a name twice',
      { tasks: [start, script(), script(), end('a')] },
      'WORKFLOW_NON_UNIQUE_TASK_NAME',
      'Task a: the name is given twice.',
    ],
    ['no type', withTask({ type: undefined }), 'WORKFLOW_INVALID_TASK_REF', 'Task a: type is missing.'],
    [
      'a script without a script',
      withTask({ spec: {} }),
      'WORKFLOW_INVALID_DEFINITION',
      'needs spec.script or a param script',
    ],
    [
      'a task named failed',
      { tasks: [start, script({ name: 'failed' }), end('failed')] },
      'WORKFLOW_INVALID_DEFINITION',
      'may not be named failed',
    ],
    [
      'a param twice',
      withTask({ params: [{ name: 'p' }, { name: 'p' }] }),
      'WORKFLOW_INVALID_DEFINITION',
      'a param is given twice',
    ],
    [
      'params that make one variable',
      withTask({ params: [{ name: 'my-p' }, { name: 'my_p' }] }),
      'WORKFLOW_INVALID_DEFINITION',
      'PARAM_MY_P',
    ],
    [
      'a decision’s edge from what is none',
      withTask({ dependencies: [{ taskRef: 'start', decisionCondition: 'x' }] }),
      'WORKFLOW_INVALID_DEFINITION',
      'start is not a decision',
    ],
    [
      'a condition without values',
      { ...withTask({}), triggers: { webhook: { conditions: [{ field: 'a', operation: 'in', values: [] }] } } },
      'WORKFLOW_INVALID_DEFINITION',
      'values is missing for operation in',
    ],
    [
      'a condition without a value',
      { ...withTask({}), triggers: { webhook: { conditions: [{ field: 'a', operation: 'equals' }] } } },
      'WORKFLOW_INVALID_DEFINITION',
      'value is missing for operation equals',
    ],
    [
      'an expression that is none',
      { ...withTask({}), triggers: { webhook: { conditions: [{ field: 'a', operation: 'matches', value: '(' }] } } },
      'WORKFLOW_INVALID_DEFINITION',
      'triggers.webhook.conditions.0: value',
    ],
  ])('with %s is refused', (_what, definition, reason, message) => {
    const [gotReason, gotMessage] = check(definition) ?? [];
    expect(gotReason).toBe(reason);
    expect(gotMessage).toContain(message);
  });

  it('has all its problems told in one answer, under one code where they are of one kind', () => {
    const [reason, message] = check({ tasks: [start, script({ type: undefined }), script(), end('x')] }) ?? [];
    expect(reason).toBe('WORKFLOW_INVALID_DEFINITION');
    for (const each of ['type is missing', 'given twice', 'dependency x is not a task'])
      expect(message).toContain(each);
    const many = Array.from({ length: 60 }, (_, index) => ({ taskRef: `no-${index}` }));
    expect(
      check({ tasks: [start, { ...end('start'), dependencies: [{ taskRef: 'start' }, ...many] }] })?.[1],
    ).toContain('And 10 more.');
  });

  it.each<[string, object, string | null]>([
    ['none', {}, 'Param n'],
    ['a number', { params: [{ name: 'n', value: '7' }] }, null],
    ['no number', { params: [{ name: 'n', value: 'seven' }] }, 'Param n'],
    ['a token, which is looked at when it runs', { params: [{ name: 'n', value: '$(params.x)' }] }, null],
    ['what was shown masked', { params: [{ name: 'n', value: mask }] }, null],
  ])('gives a param of the catalogue %s', (_what, more, message) => {
    const found = check(withTask({ type: 'template', taskRef: 'own', spec: {}, ...more }), { a: entry });
    if (message === null) expect(found).toBeNull();
    else expect(found?.[1]).toContain(message);
  });
});
