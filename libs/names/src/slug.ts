import slugify from '@sindresorhus/slugify';

/** Lower-case letters, digits and hyphens; begins and ends with a letter or digit. */
const pattern = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** For messages: the definition of a slug. */
export function slugRule(longest: number): string {
  return `1 to ${longest} lower-case letters, digits and hyphens, beginning and ending with a letter or digit`;
}

/** @param longest the most characters. */
export function isSlug(name: string, longest: number): boolean {
  return name.length <= longest && pattern.test(name);
}

/**
 * The slug of a text, with transliteration: `Café résumé` becomes `cafe-resume`, `Straße` becomes `strasse`. Empty if
 * no letter or digit is left.
 * @param longest the most characters; drops the rest.
 */
export function slugOf(text: string, longest: number): string {
  const plain = text
    .slice(0, 4 * longest)
    .normalize('NFKD')
    // Removes accents first, so that ü becomes u as é becomes e. Other scripts keep their marks: й is a separate
    // letter.
    .replace(/(\p{Script=Latin})\p{M}+/gu, '$1')
    .normalize('NFC');
  return slugify(plain, { decamelize: false }).slice(0, longest).replace(/-+$/, '');
}
