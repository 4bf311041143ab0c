import { workflowSchema } from '#libs/contracts';
import { fitDefinition } from './fit-definition';
import { YamlReader } from './yaml-reader';

const read = async (text: string): Promise<unknown> => {
  const body = await new YamlReader(120_000).read(text);
  fitDefinition(body);
  return body;
};

describe('a definition in YAML', () => {
  it('keeps the text of numbers where its fields take texts, and takes numbers where they take numbers', async () => {
    const workflow = `
name: 007
description: 1.10
timeout: 010
labels: {version: 1.10, build: 42, on: yes, 01: x}
params:
  - {name: a, type: text, default: 01234}
  - {name: b, default: 8080}
  - {name: c, type: number, default: 1.10}
  - {name: d, type: boolean, default: true}
  - {name: e, type: json, default: [1, 1.5]}
  - {name: f, type: select, default: 1, options: [{key: 1, value: 01}]}
tasks:
  - {name: t, type: script, params: [{name: v, value: 1.10}, {name: n, value: 5}], spec: {envs: [{name: PORT, value: 8080}, {name: ON, value: true}]}, retries: 2}
`;
    expect(workflowSchema.parse(await read(workflow))).toEqual({
      name: '007',
      description: '1.10',
      timeout: 10,
      labels: { version: '1.10', build: '42', on: 'yes', '01': 'x' },
      params: [
        { name: 'a', type: 'text', default: '01234' },
        { name: 'b', default: '8080' },
        { name: 'c', type: 'number', default: 1.1 },
        { name: 'd', type: 'boolean', default: true },
        { name: 'e', type: 'json', default: [1, 1.5] },
        { name: 'f', type: 'select', default: '1', options: [{ key: '1', value: '01' }] },
      ],
      tasks: [
        {
          name: 't',
          type: 'script',
          params: [
            { name: 'v', value: '1.10' },
            { name: 'n', value: 5 },
          ],
          spec: {
            envs: [
              { name: 'PORT', value: '8080' },
              { name: 'ON', value: 'true' },
            ],
          },
          retries: 2,
        },
      ],
    });
  });

  it('of Tekton, of the catalogue, and drawn, likewise', async () => {
    const tekton = `
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: 1.10, labels: {app.kubernetes.io/version: 0.2}}
spec: {params: [{name: port, default: 8080}], steps: [{image: x, args: [1, true], env: [{name: N, value: 1}]}]}
`;
    expect(await read(tekton)).toMatchObject({
      metadata: { name: '1.10', labels: { 'app.kubernetes.io/version': '0.2' } },
      spec: { params: [{ default: '8080' }], steps: [{ args: ['1', 'true'], env: [{ value: '1' }] }] },
    });
    expect(await read('name: 1\nspec: {image: 3, arguments: [1]}')).toEqual({
      name: '1',
      spec: { image: '3', arguments: ['1'] },
    });
    expect(await read('nodes: [{position: {x: 1.50, y: 010}, data: {name: 7}}]\nedges: []')).toMatchObject({
      nodes: [{ position: { x: 1.5, y: 10 }, data: { name: '7' } }],
    });
  });

  it('that is wrong in other ways is left to its route', async () => {
    for (const text of ['5', '[1]', 'null', 'tasks: 5', 'timeout: soon\ntasks: []', 'tasks: [{name: {a: 1}}]']) {
      await expect(read(text)).resolves.not.toThrow();
    }
  });
});
