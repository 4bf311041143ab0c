import { fold } from '#libs/kernel';
import { type CatalogueTaskCommand, catalogueTaskDecider, type CatalogueTaskState } from './catalogue-task';

const saved = (name: string) => ({
  summary: {
    ...{ id: 'id', teamId: null, name, displayName: name, type: 'template', status: 'active' as const },
    ...{ labels: {}, creationDate: 1 },
  },
  definition: { name },
});
const revise = (name: string, replace = false): CatalogueTaskCommand => ({
  type: 'ReviseTask',
  replace,
  ...saved(name),
});
function after(...commands: CatalogueTaskCommand[]): CatalogueTaskState {
  return commands.reduce<CatalogueTaskState | null>(
    (state, command) => fold(catalogueTaskDecider, state, catalogueTaskDecider.decide(state, command)),
    null,
  ) as CatalogueTaskState;
}
const create: CatalogueTaskCommand = { type: 'CreateTask', ...saved('one') };

describe('a task of the catalogue', () => {
  it('counts its revisions; one that replaces the latest keeps its number', () => {
    expect(after(create)).toMatchObject({ name: 'one', version: 1, deleted: false });
    expect(after(create, revise('two'))).toMatchObject({ name: 'two', version: 2 });
    expect(after(create, revise('two'), revise('three', true))).toMatchObject({ name: 'three', version: 2 });
  });

  it('that is deleted, or was never made, is unknown', () => {
    const gone = after(create, { type: 'DeleteTask', now: 2 });
    expect(gone).toMatchObject({ deleted: true, version: 1 });
    for (const command of [revise('two'), { type: 'DeleteTask', now: 3 } as const]) {
      for (const state of [gone, null]) {
        expect(() => catalogueTaskDecider.decide(state, command)).toThrow('Invalid Task reference');
      }
    }
  });
});
