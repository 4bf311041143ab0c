import { isSlug, slugOf } from './slug';

describe('slugs', () => {
  it.each([
    ['Café résumé', 'cafe-resume'],
    ['Déploiement', 'deploiement'],
    ['Straße', 'strasse'],
    ['Müller', 'muller'],
    ['łódź', 'lodz'],
    ['Ærø', 'aero'],
    ['Москва', 'moskva'],
    ['build.api', 'build-api'],
    ['Build API', 'build-api'],
    ['MyWorkflow', 'myworkflow'],
    ['a_b', 'a-b'],
    ['--x--', 'x'],
    ['ﬁne', 'fine'],
    ['C++', 'c'],
    ['日本', ''],
    ['', ''],
  ])('%s makes %s', (text, slug) => {
    expect(slugOf(text, 100)).toBe(slug);
    // In any Unicode composition.
    expect(slugOf(text.normalize('NFD'), 100)).toBe(slug);
  });

  it('is a slug itself, and no longer than it may be', () => {
    for (const text of ['Ünï cödé', `${'a'.repeat(99)} b`, 'x'.repeat(500)]) {
      const slug = slugOf(text, 100);
      expect(isSlug(slug, 100)).toBe(true);
      expect(slugOf(slug, 100)).toBe(slug);
    }
  });

  it.each(['', 'A', '-a', 'a-', 'a b', 'a.b', 'a'.repeat(101), 'ä'])('%j is none', (name) =>
    expect(isSlug(name, 100)).toBe(false),
  );
});
