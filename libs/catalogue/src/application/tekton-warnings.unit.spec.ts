import { type TaskDefinition, taskSchema, tektonTaskSchema } from '#libs/contracts';
import { fromTekton, toTekton } from './tekton';
import { refuseManySteps, tektonWarnings } from './tekton-warnings';

type Members = Record<string, unknown>;
const step: Members = { name: 'x', image: 'busybox', script: 'true' };
const task = (spec: Members = {}, more: Members = {}, metadata: Members = {}) =>
  tektonTaskSchema.parse({
    apiVersion: 'tekton.dev/v1',
    kind: 'Task',
    metadata: { name: 'x', ...metadata },
    spec: { steps: [step], ...spec },
    ...more,
  });
const withStep = (more: Members) => task({ steps: [{ ...step, ...more }] });
const kept = Symbol('kept');

/**
 * Every field of Tekton's v1 Task with a value, and the word that the warning contains, or a note that the server
 * stores it.
 */
const ofTask: readonly [string, ReturnType<typeof task>, string | typeof kept][] = [
  ['status', task({}, { status: { a: 1 } }), 'status is not kept'],
  ['metadata.labels', task({}, {}, { labels: { a: 'b' } }), kept],
  ['metadata.annotations', task({}, {}, { annotations: { a: 'b' } }), kept],
  ['metadata.namespace', task({}, {}, { namespace: 'ci' }), 'metadata.namespace is not kept'],
  ['metadata.generateName', task({}, {}, { generateName: 'ci-' }), 'metadata.generateName is not kept'],
  ['metadata.finalizers', task({}, {}, { finalizers: ['a'] }), 'metadata.finalizers is not kept'],
  ['metadata.ownerReferences', task({}, {}, { ownerReferences: [{}] }), 'metadata.ownerReferences is not kept'],
  ['spec.displayName', task({ displayName: 'X' }), kept],
  ['spec.description', task({ description: 'x' }), kept],
  ['spec.volumes', task({ volumes: [{ name: 'c', emptyDir: {} }] }), 'spec.volumes is not kept'],
  ['spec.stepTemplate', task({ stepTemplate: { env: [] } }), 'spec.stepTemplate is not kept'],
  ['spec.sidecars', task({ sidecars: [{ name: 'db' }] }), 'spec.sidecars is not kept'],
  ['spec.workspaces', task({ workspaces: [{ name: 's' }] }), 'spec.workspaces is not kept'],
  ['spec.resources', task({ resources: { inputs: [] } }), 'spec.resources is not kept'],
  ['spec.params.type', task({ params: [{ name: 'p', type: 'array' }] }), kept],
  ['spec.params.default', task({ params: [{ name: 'p', default: 'a' }] }), kept],
  ['spec.params.enum', task({ params: [{ name: 'p', enum: ['a', 'b'] }] }), kept],
  [
    'spec.params.properties',
    task({ params: [{ name: 'p', type: 'object', properties: { a: {} } }] }),
    'p.properties is not kept',
  ],
  ['spec.results', task({ results: [{ name: 'r', type: 'string', description: 'd' }] }), kept],
  ['spec.results.type array', task({ results: [{ name: 'r', type: 'array' }] }), 'r.type array is not kept'],
  ['spec.results.type object', task({ results: [{ name: 'r', type: 'object' }] }), 'r.type object is not kept'],
  ['spec.results.properties', task({ results: [{ name: 'r', properties: { a: {} } }] }), 'r.properties is not kept'],
  ['spec.results.value', task({ results: [{ name: 'r', value: '$(steps.a.results.b)' }] }), 'r.value is not kept'],
];
const ofStep: readonly [string, unknown, string | typeof kept][] = [
  ['image', 'alpine', kept],
  ['command', ['printf'], kept],
  ['args', ['a'], kept],
  ['workingDir', '/tmp', kept],
  ['env', [{ name: 'A', value: 'b' }], kept],
  ['env', [{ name: 'A', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }], 'env.A.valueFrom is not kept'],
  ['envFrom', [{ secretRef: { name: 'a' } }], 'envFrom is not kept'],
  ['displayName', 'X', 'displayName is not kept'],
  ['computeResources', { limits: { cpu: '1' } }, 'computeResources is not kept'],
  ['resources', { limits: { cpu: '1' } }, 'resources is not kept'],
  ['volumeMounts', [{ name: 'c', mountPath: '/c' }], 'volumeMounts is not kept'],
  ['volumeDevices', [{ name: 'c', devicePath: '/c' }], 'volumeDevices is not kept'],
  ['imagePullPolicy', 'Always', 'imagePullPolicy is not kept'],
  ['securityContext', { runAsUser: 1000 }, 'securityContext is not kept'],
  ['timeout', '5m', 'timeout is not kept'],
  ['workspaces', [{ name: 's', mountPath: '/s' }], 'workspaces is not kept'],
  ['onError', 'continue', 'onError is not kept'],
  ['stdoutConfig', { path: '/x' }, 'stdoutConfig is not kept'],
  ['stderrConfig', { path: '/x' }, 'stderrConfig is not kept'],
  ['ref', { name: 'a' }, 'ref is not kept'],
  ['params', [{ name: 'a', value: 'b' }], 'params is not kept'],
  ['results', [{ name: 'a' }], 'results is not kept'],
  ['when', [{ input: 'a', operator: 'in', values: ['a'] }], 'when is not kept'],
  ['ports', [{ containerPort: 1 }], 'ports is not kept'],
  ['lifecycle', { postStart: {} }, 'lifecycle is not kept'],
  ['livenessProbe', { a: 1 }, 'livenessProbe is not kept'],
  ['stdin', true, 'stdin is not kept'],
  ['tty', true, 'tty is not kept'],
];

describe('a Task of Tekton', () => {
  it.each(ofTask)('%s', (_name, given, expected) => expectWarning(given, expected));
  it.each(ofStep)('spec.steps.%s %j', (field, value, expected) =>
    expectWarning(withStep({ [field]: value }), expected),
  );

  function expectWarning(given: ReturnType<typeof task>, expected: string | typeof kept): void {
    const warnings = tektonWarnings(given);
    if (expected !== kept) expect(warnings).toEqual([expect.stringContaining(expected)]);
    else {
      expect(warnings).toEqual([]);
      // The output contains all stored fields unchanged.
      expect(toTekton(taskSchema.parse(fromTekton(given))).spec).toMatchObject(given.spec);
    }
  }

  it('is told of fields that are empty only where they say something', () => {
    expect(tektonWarnings(task({ volumes: [], stepTemplate: {}, sidecars: null }))).toEqual([]);
  });

  it('is told of tokens that mean nothing here', () => {
    const script =
      'cd $(workspaces.source.path); echo $(params.gone) $(context.taskRun.name) $(date) > $(results.r.path)';
    const warnings = tektonWarnings(withStep({ script }));
    expect(warnings).toHaveLength(4);
    for (const word of [
      '$(workspaces.source.path)',
      '$(params.gone)',
      '$(context.taskRun.name)',
      '$(results.r.path)',
    ]) {
      expect(warnings.join('\n')).toContain(word);
    }
  });

  it('leaves out a variable whose value stands elsewhere', () => {
    const env = [
      { name: 'A', valueFrom: { fieldRef: {} } },
      { name: 'B', value: '' },
    ];
    expect(fromTekton(withStep({ env })).spec?.envs).toEqual([{ name: 'B', value: '' }]);
  });

  it('keeps the name of its step, and its display name', () => {
    const given = task({ steps: [{ ...step, name: 'other' }], displayName: 'X y' });
    const held = fromTekton(given);
    expect(held.displayName).toBe('X y');
    expect(toTekton(held).spec.steps[0]?.name).toBe('other');
  });

  it('of several steps is refused, with their names', () => {
    const body = { spec: { steps: [{ name: 'clone' }, {}] } };
    expect(() => refuseManySteps(body)).toThrow('a task has one step, but there are 2: clone, number 1');
    for (const other of [{}, { spec: null }, { spec: { steps: [{}] } }])
      expect(() => refuseManySteps(other)).not.toThrow();
  });

  it('has details of its params by key or by name', () => {
    const details = (first: Members) => ({ annotations: { 'boomerang.io/params': [first] } });
    const more = {
      label: 'My P',
      placeholder: 'ph',
      type: 'select',
      required: true,
      options: [{ key: 'a', value: 'A' }],
    };
    for (const named of [{ key: 'p' }, { name: 'p' }]) {
      const given = task(
        { params: [{ name: 'p', type: 'string' }] },
        {},
        details({ ...named, ...more, defaultValue: 'a' }),
      );
      expect(tektonWarnings(given)).toEqual([]);
      const held: TaskDefinition = taskSchema.parse(fromTekton(given));
      expect(held.spec?.params).toEqual([{ name: 'p', ...more, default: 'a' }]);
      expect(taskSchema.parse(fromTekton(tektonTaskSchema.parse(toTekton(held)))).spec).toEqual(held.spec);
    }
    expect(tektonWarnings(task({}, {}, details({ key: 'q', label: 'Q' })))).toEqual([
      expect.stringContaining('params.0 is not kept: spec.params has no q'),
    ]);
  });
});
