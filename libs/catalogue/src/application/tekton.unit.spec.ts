import type { TaskDefinition, TektonTask } from '#libs/contracts';
import { fromTekton, toTekton } from './tekton';

const task = {
  name: 'build',
  displayName: 'Build',
  description: 'Builds it.',
  category: 'ci',
  icon: 'wrench',
  type: 'template',
  status: 'active',
  labels: { a: 'b' },
  annotations: { own: 'kept' },
  spec: {
    params: [
      { name: 'colour', type: 'select', label: 'Colour', options: [{ key: 'red', value: 'red' }], default: 'red' },
      { name: 'many', type: 'array', default: ['x'] },
      { name: 'shape', type: 'json', description: 'A shape.' },
    ],
    results: [{ name: 'out', description: 'What came out.' }],
    image: 'node:20',
    script: 'true',
    command: ['sh'],
    arguments: ['-c'],
    workingDir: '/w',
    envs: [{ name: 'E', value: 'v' }],
  },
} as unknown as TaskDefinition;

const tekton = (spec: object, annotations: object = {}): TektonTask =>
  ({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 't', annotations }, spec }) as unknown as TektonTask;

describe('a task as Tekton writes it', () => {
  it('comes back as it was', () => {
    expect(fromTekton(toTekton(task))).toEqual(task);
  });

  it('has Tekton’s own types, and the choice of a select', () => {
    const { params } = toTekton(task).spec;
    expect(params?.map(({ name, type }) => [name, type])).toEqual([
      ['colour', 'string'],
      ['many', 'array'],
      ['shape', 'object'],
    ]);
    expect(params?.[0]).toMatchObject({ enum: ['red'], default: 'red' });
  });

  it('keeps the name of its step', () => {
    const named = tekton({ steps: [{ name: 'compile', image: 'x' }] });
    expect(toTekton(fromTekton(named)).spec.steps[0]?.name).toBe('compile');
  });
});

describe('a task that comes from Tekton', () => {
  it.each<[string, object, string]>([
    ['a list by default', { default: ['x'] }, 'array'],
    ['an object by default', { default: { a: 1 } }, 'json'],
    ['an object by its properties', { properties: { a: {} } }, 'json'],
    ['a text', { default: 'x' }, 'text'],
    ['nothing said', {}, 'text'],
    ['a type said', { type: 'array' }, 'array'],
    ['a choice', { type: 'string', enum: ['a', 'b'] }, 'select'],
  ])('%s', (_what, param, type) => {
    const { spec } = fromTekton(tekton({ params: [{ name: 'p', ...param }], steps: [] }));
    expect(spec?.params?.[0]?.type).toBe(type);
  });

  it('loses no value from elsewhere to an empty one', () => {
    const env = [{ name: 'A', value: 'a' }, { name: 'B', valueFrom: { secretKeyRef: {} } }, { name: 'C' }];
    const { spec } = fromTekton(tekton({ steps: [{ name: 't', env }] }));
    expect(spec?.envs).toEqual([
      { name: 'A', value: 'a' },
      { name: 'C', value: '' },
    ]);
  });

  it('takes what older versions of the reference call key and defaultValue', () => {
    const details = [{ key: 'p', type: 'password', defaultValue: 'x' }];
    const { spec, annotations } = fromTekton(
      tekton({ params: [{ name: 'p' }], steps: [] }, { 'boomerang.io/params': details, mine: 'kept' }),
    );
    expect(spec?.params).toEqual([{ name: 'p', type: 'password', default: 'x' }]);
    expect(annotations).toEqual({ mine: 'kept' });
  });
});
