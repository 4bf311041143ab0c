import type { WorkflowCanvas, WorkflowDefinition } from '#libs/contracts';
import { fromCanvas, toCanvas } from './canvas';

const named = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`);

describe('the edges of a drawing', () => {
  it('lead to one node: an id that is given twice is refused before anything is made of it', () => {
    const nodes = named(2500).map((name) => ({ id: 'same', type: 'script' as const, data: { name } }));
    const edges = named(10_000).map((source) => ({ source, target: 'same' }));
    expect(() => fromCanvas({ nodes, edges }, null)).toThrow('nodes: the id same is given twice; each needs its own.');
  });

  it('are looked up, not looked for', () => {
    let looks = 0;
    const counted = <Item extends object>(item: Item, key: string): Item =>
      new Proxy(item, {
        get(target, property, receiver) {
          if (property === key) looks++;
          return Reflect.get(target, property, receiver) as unknown;
        },
      });
    const names = named(200);
    const nodes = names.map((name) => ({ data: { name } }));
    const edges = names.map((target) => counted({ source: 'n0', target }, 'target'));
    const canvas: WorkflowCanvas = { nodes, edges };
    const { tasks } = fromCanvas(canvas, null);
    expect(tasks?.map(({ dependencies }) => dependencies?.length)).toEqual(names.map(() => 1));
    expect(looks).toBeLessThan(4 * names.length);
    looks = 0;
    const definition: WorkflowDefinition = {
      tasks: names.map((name) => counted({ name, dependencies: [{ taskRef: 'n199' }] }, 'name')),
    };
    expect(toCanvas(definition).edges).toHaveLength(200);
    expect(looks).toBeLessThan(16 * names.length);
  });
});
