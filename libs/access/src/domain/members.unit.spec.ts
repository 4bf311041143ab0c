import { Members, type TeamMember } from './members';

const member = (id: string, email: string | null, role: TeamMember['role'] = 'editor', name: string | null = null) => ({
  id,
  email,
  name,
  role,
});

describe('the members of a team', () => {
  it.each([
    ['added by e-mail, completed with an id', [member('p@x', 'p@x'), member('p', 'p@x')], [member('p', 'p@x')]],
    ['added with an id, named by e-mail', [member('p', 'p@x'), member('p@x', 'p@x')], [member('p', 'p@x')]],
    ['named by an e-mail address in place of an id', [member('p', 'p@x'), member('p@x', null)], [member('p', 'p@x')]],
    ['whose id is an e-mail address', [member('p@x', null), member('p', 'p@x')], [member('p', 'p@x')]],
    [
      'two that turn out to be one',
      [member('p', null), member('p@x', 'p@x'), member('p', 'p@x')],
      [member('p', 'p@x')],
    ],
    ['another id for the e-mail address', [member('p', 'p@x'), member('q', 'p@x')], [member('q', 'p@x')]],
    ['two persons', [member('p', 'p@x'), member('q', 'q@x')], [member('p', 'p@x'), member('q', 'q@x')]],
  ])('%s', (_, given, all) => expect(new Members(given).all).toEqual(all));

  it('keep what is not said anew, and have the role that was given last', () => {
    const members = new Members([member('o', null, 'owner'), member('p@x', 'p@x', 'reader', 'Pat'), member('q', null)]);
    members.put(member('p', 'p@x', 'owner'));
    expect(members.all.map(({ id }) => id)).toEqual(['o', 'p', 'q']);
    expect(members.named(['P@X'])).toEqual([member('p', 'p@x', 'owner', 'Pat')]);
  });

  it.each(['p', 'p@x', 'P@X'])('are removed by %s, once and for all', (name) => {
    const members = new Members([member('p', 'p@x'), member('q', null)]);
    members.remove([name, 'nobody']);
    expect(members.all).toEqual([member('q', null)]);
    expect(members.named(['p', 'p@x'])).toEqual([]);
  });
});
