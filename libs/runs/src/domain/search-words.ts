import { plainText } from './plain-text';

/** Bounds of what one run has in the search by text. */
export const textBounds = {
  /** Different words. */
  words: 800,
  /** Characters of a word; of a label, with its key. A longer one is found by its beginning. */
  word: 64,
  label: 256,
  /** Characters of one result that count, and results of a run. */
  result: 500,
  results: 20,
} as const;

/** Bounds of what is searched for. */
export const searchBounds = { text: 200, words: 8 } as const;

/** The beginning of a text, whole characters only. */
export function beginning(text: string, most: number): string {
  return text.length <= most
    ? text
    : Array.from(text.slice(0, 2 * most))
        .slice(0, most)
        .join('');
}

/** Letters and digits that stand together, with the marks of letters: vowels of Hindi, accents that are characters of their own. */
const wordPattern = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;

/** In lower case. Unicode makes an i and a dot above it of the Turkish İ: people look for the i. */
function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll('i\u0307', 'i');
}

/** The words of a text, in lower case. */
export function wordsIn(text: string): string[] {
  return Array.from(folded(plainText(text)).matchAll(wordPattern), ([word]) => beginning(word, textBounds.word));
}

/** How a label stands among the words: whole, so that `key=va` finds it by its beginning. */
function labelWord(key: string, value: string): string {
  return beginning(`=${folded(key)}=${folded(value)}`, textBounds.label);
}

export interface RunTexts {
  readonly labels: Readonly<Record<string, string>>;
  /** In the order of their weight: the first words count if there are too many. */
  readonly texts: readonly string[];
}

/** The words that a run is found by, at most `textBounds.words`. */
export function searchWords({ labels, texts }: RunTexts): string[] {
  const words = new Set<string>();
  for (const [key, value] of Object.entries(labels)) {
    words.add(labelWord(key, value));
    for (const word of wordsIn(`${key} ${value}`)) words.add(word);
  }
  for (const text of texts) {
    for (const word of wordsIn(text)) {
      if (words.size >= textBounds.words) return [...words].slice(0, textBounds.words);
      words.add(word);
    }
  }
  return [...words].slice(0, textBounds.words);
}

/** What is searched for: every word must be there, as the beginning of one of the run's. */
export interface SearchText {
  /** Beginnings of words, in lower case. A label begins with `=`. */
  readonly words: readonly string[];
  /** If it may be the beginning of an id: 8 to 32 hex digits, in lower case. */
  readonly idBeginning: string | null;
}

/** Reads what a person has typed. `words` is empty if there is nothing to search for. */
export function parseSearchText(text: string): SearchText {
  const terms = text
    .trim()
    .split(/\s+/)
    .filter((term) => term !== '');
  const [first = ''] = terms;
  const digits = first.replaceAll('-', '').toLowerCase();
  const isId = terms.length === 1 && /^[0-9a-f]{8,32}$/.test(digits) && /^[0-9a-fA-F-]+$/.test(first);
  const words = terms.flatMap((term) => {
    const at = term.indexOf('=');
    return at > 0 ? [labelWord(term.slice(0, at), term.slice(at + 1))] : wordsIn(term);
  });
  return { words: [...new Set(words)], idBeginning: isId ? digits : null };
}

/** Longer than one character. */
function isLong(word: string): boolean {
  return Array.from(word).length > 1;
}

/** The words as a `tsquery`: each is the beginning of one. A single letter or digit is a whole word, because too many begin with it. */
export function toTsquery(words: readonly string[]): string {
  return words
    .map((word) => `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'${isLong(word) ? ':*' : ''}`)
    .join(' & ');
}

/** Characters of a text that are shown on each side of what was found. */
const shownAround = 60;

/** The part of the text around the first word that begins like one of these; null: none does. */
export function snippetOf(given: string, words: readonly string[]): string | null {
  const text = plainText(given);
  for (const found of text.matchAll(wordPattern)) {
    const word = folded(found[0]);
    if (!words.some((wanted) => (isLong(wanted) ? word.startsWith(wanted) : word === wanted))) continue;
    const from = Math.max(0, found.index - shownAround);
    const to = Math.min(text.length, found.index + found[0].length + shownAround);
    const part = text.slice(from, to).replace(/\s+/g, ' ').trim().toWellFormed();
    return `${from > 0 ? '…' : ''}${part}${to < text.length ? '…' : ''}`;
  }
  return null;
}

/** Whether a label is what one of the words looks for: by its beginning, or by a word of it. */
export function labelMatches(key: string, value: string, words: readonly string[]): boolean {
  const label = labelWord(key, value);
  return (
    words.some((wanted) => wanted.startsWith('=') && label.startsWith(wanted)) ||
    snippetOf(`${key} ${value}`, words) !== null
  );
}
