import { Document, type ScalarTag, visit } from 'yaml';

/** What cannot stand unquoted or in a block: control characters, and what YAML 1.1 takes for line breaks. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const special = /[\u0000-\u0008\u000b-\u001f\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/;

/** Texts that some reader of YAML 1.1 takes for a null, a boolean, a merge or a default value. */
const words = /^(?:~|null|true|false|yes|no|on|off|y|n|<<|=)$/i;

/** White space that readers disagree on: at the ends, and tabs where the text is one line. */
const spaces = /^\s|[^\S\n]$|^[^\n]*\t[^\n]*$/;

/** Digits, or what may be a date, a time, a number in any base, an infinity. */
const numberLike = /^[-+.]?(?:[\d.]|inf|nan)/i;

/** Numbers with an exponent: for YAML 1.1 they are none without a dot. */
const powers: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  // Nothing that is read: of tags that fit, those with a test go first.
  test: /(?!)/,
  identify: (value) => typeof value === 'number' && String(value).includes('e'),
  resolve: Number,
  stringify: ({ value }) => String(value).replace(/^(-?\d+)e/, '$1.0e'),
};

const needsQuotes = [special, words, spaces, numberLike];

/**
 * YAML that readers of 1.1 and of 1.2 read to the same values: a text that either takes for something else (`no`, `12:30`, `1_000`,
 * `2024-01-01`) is quoted.
 */
export function writeYaml(value: unknown): string {
  const document = new Document(value, {
    schema: 'core',
    compat: 'yaml-1.1',
    aliasDuplicateObjects: false,
    customTags: (tags) => [powers, ...tags],
  });
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string') return;
      if (needsQuotes.some((pattern) => pattern.test(node.value as string))) node.type = 'QUOTE_DOUBLE';
    },
  });
  return escaped(document.toString({ lineWidth: 0 }));
}

/** The characters that a reader may refuse or take for a line break; they stand in double quotes only. */
function escaped(text: string): string {
  return text.replace(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
