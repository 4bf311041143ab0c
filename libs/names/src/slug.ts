import slugify from '@sindresorhus/slugify';

/** Lower-case letters, digits and hyphens, beginning and ending with a letter or digit. */
const pattern = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** For messages: what a slug is. */
export function slugRule(longest: number): string {
  return `1 to ${longest} lower-case letters, digits and hyphens, beginning and ending with a letter or digit`;
}

/** @param longest characters that it may have. */
export function isSlug(name: string, longest: number): boolean {
  return name.length <= longest && pattern.test(name);
}

/**
 * The slug that a text makes, transliterated: `Café résumé` makes `cafe-resume`, `Straße` makes `strasse`. Empty where no letter or
 * digit is left.
 * @param longest characters that it may have; what is beyond is left out.
 */
export function slugOf(text: string, longest: number): string {
  const plain = text
    .slice(0, 4 * longest)
    .normalize('NFKD')
    // Letters lose their marks before anything else, so that ü makes u as é makes e; other scripts keep theirs: й is a letter of its own.
    .replace(/(\p{Script=Latin})\p{M}+/gu, '$1')
    .normalize('NFC');
  return slugify(plain, { decamelize: false }).slice(0, longest).replace(/-+$/, '');
}
