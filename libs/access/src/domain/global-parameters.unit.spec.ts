import { fold } from '#libs/kernel';
import { type GlobalParameters, globalParametersDecider, type GlobalParametersCommand } from './global-parameters';

function after(...commands: GlobalParametersCommand[]): GlobalParameters | null {
  return commands.reduce<GlobalParameters | null>(
    (state, command) => fold(globalParametersDecider, state, globalParametersDecider.decide(state, command)),
    null,
  );
}
const create = (name: string, type = 'text'): GlobalParametersCommand => ({
  type: 'CreateParameter',
  now: 1,
  parameter: { name, type },
});

describe('the params of the installation', () => {
  it('are changed in their places', () => {
    const update: GlobalParametersCommand = { type: 'UpdateParameter', now: 2, parameter: { name: 'a', type: 'json' } };
    expect(after(create('a'), create('b'), update)?.parameters).toEqual([
      { name: 'a', type: 'json' },
      { name: 'b', type: 'text' },
    ]);
  });

  it('go, and can be made again', () => {
    const remove: GlobalParametersCommand = { type: 'RemoveParameter', now: 2, name: 'a' };
    expect(after(create('a'), remove, create('a', 'number'))?.parameters).toEqual([{ name: 'a', type: 'number' }]);
  });

  it.each<[string, GlobalParametersCommand[], string]>([
    ['a second of one name', [create('a'), create('a')], 'A parameter named a already exists'],
    ['a change of none', [{ type: 'UpdateParameter', now: 1, parameter: { name: 'a', type: 'x' } }], 'there is no a'],
    ['a removal of none', [create('b'), { type: 'RemoveParameter', now: 1, name: 'a' }], 'there is no a'],
    ['more than every run can read', [create('a', 'x'.repeat(1024 * 1024))], 'at most 1048576 are allowed'],
  ])('refuse %s', (_what, commands, message) => {
    expect(() => after(...commands)).toThrow(message);
  });
});
