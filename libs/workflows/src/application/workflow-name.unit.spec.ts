import { newId } from '#libs/kernel';
import { nameOf, nameWarnings, refuseOtherName } from './workflow-name';

describe('the name of a workflow', () => {
  it.each([
    [{ name: 'build-api' }, 'build-api', null],
    [{ name: 'Build API' }, 'build-api', 'Build API'],
    [{ displayName: 'Straße' }, 'strasse', 'Straße'],
    [{ name: 'x', displayName: 'Café' }, 'x', null],
    [{ name: '', displayName: 'Café' }, 'cafe', 'Café'],
    [{ displayName: 'cafe' }, 'cafe', null],
  ])('of %j is %s', (definition, name, sent) => {
    expect(nameOf(definition)).toEqual({ name, sent });
  });

  it.each([
    [{}, 'give the workflow a name'],
    [{ name: '日本' }, 'gives none'],
    [{ name: 'Query' }, 'must not be query'],
    [{ name: newId() }, 'form of an id'],
  ])('%j is refused', (definition, why) => expect(() => nameOf(definition)).toThrow(why));

  it('that was made a slug means only the workflow that is shown by it', () => {
    const named = nameOf({ name: 'build.api' });
    expect(() => refuseOtherName(named, { displayName: 'Build API' })).toThrow(
      'Name "build.api" gives the slug build-api, which is the name of the workflow "Build API". Nothing was changed',
    );
    expect(() => refuseOtherName(named, null)).not.toThrow();
    expect(() => refuseOtherName(nameOf({ name: 'Build API' }), { displayName: 'Build API' })).not.toThrow();
    expect(() => refuseOtherName(nameOf({ name: 'build-api' }), { displayName: 'Build API' })).not.toThrow();
    expect(nameWarnings({ name: 'build.api' }, named)).toEqual([expect.stringContaining('name is build-api')]);
    expect(nameWarnings({}, nameOf({ displayName: 'Café' }))).toEqual([]);
  });
});
