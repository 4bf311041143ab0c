import { Document, type ScalarTag, visit } from 'yaml';

/** Characters that must be quoted and cannot be in a block: control characters, and line breaks of YAML 1.1. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const special = /[\u0000-\u0008\u000b-\u001f\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/;

/** Texts that some YAML 1.1 readers take for a null, a boolean, a merge or a default value. */
const words = /^(?:~|null|true|false|yes|no|on|off|y|n|<<|=)$/i;

/** White space that readers treat differently: at the ends, and tabs in texts of one line. */
const spaces = /^\s|[^\S\n]$|^[^\n]*\t[^\n]*$/;

/** Digits, or a possible date, time, number in any base, or infinity. */
const numberLike = /^[-+.]?(?:[\d.]|inf|nan)/i;

/** Numbers with an exponent: in YAML 1.1 they need a dot. */
const powers: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  // Not used for reading: of the tags that fit, those with a test come first.
  test: /(?!)/,
  identify: (value) => typeof value === 'number' && String(value).includes('e'),
  resolve: Number,
  stringify: ({ value }) => String(value).replace(/^(-?\d+)e/, '$1.0e'),
};

const needsQuotes = [special, words, spaces, numberLike];

/**
 * Writes YAML that readers of 1.1 and of 1.2 read to the same values: quotes a text that either would take for
 * something else (`no`, `12:30`, `1_000`, `2024-01-01`).
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

/** Characters that a reader may refuse or take for a line break; only double quotes may contain them. */
function escaped(text: string): string {
  return text.replace(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
