import { plainText } from './plain-text';

/** The most characters of a message that its shape is made of, and of the shape. */
const mostRead = 1000;
const mostShown = 200;

/** In this order: what an earlier one has replaced, a later one leaves alone. */
const replacements: readonly (readonly [RegExp, string])[] = [
  [/"[^"\n]{0,200}"|`[^`\n]{0,200}`|(?<![\p{L}\p{N}])'[^'\n]{0,200}'(?![\p{L}\p{N}])/gu, '<text>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b0x[0-9a-f]+\b/gi, '<hex>'],
  [/\b(?=[a-f]*\d)[0-9a-f]{8,}\b/gi, '<hex>'],
  // A word with digits in it, such as pod-7f9x2 or request_81c: what differs from run to run.
  [/\b[\p{L}\p{N}_]+(?:[-.:][\p{L}\p{N}_]+)*(?![\p{L}\p{N}_])/gu, ''],
];

const isNumber = /^\d+(?:[.:-]\d+)*$/;
const isMeasure = /^(\d+(?:\.\d+)?)([\p{L}%]{1,8})$/u;

/**
 * What messages have in common that differ only in numbers, ids and quoted texts: each of those is replaced by a
 * placeholder. At most 200 characters; of a longer message, its beginning counts.
 */
export function messageShape(message: string): string {
  let shape = plainText(message.slice(0, mostRead));
  for (const [pattern, placeholder] of replacements) {
    shape = shape.replace(pattern, (found) => (placeholder === '' ? shapeOfWord(found) : placeholder));
  }
  return Array.from(shape.replace(/\s+/g, ' ').trim()).slice(0, mostShown).join('');
}

function shapeOfWord(word: string): string {
  if (!/\p{N}/u.test(word) || word === 'id' || word === 'hex' || word === 'text') return word;
  if (isNumber.test(word)) return '<n>';
  const measure = isMeasure.exec(word);
  return measure ? `<n>${measure[2] ?? ''}` : '<id>';
}
