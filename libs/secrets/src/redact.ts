import { mapTexts, mask } from './mask';
import { SecretFinder, type Span } from './secret-finder';

/**
 * Seals each secret that a value holds, in any of its forms, so that it opens to what was there. In time that is linear in the size of
 * the value and of the secrets.
 * @param secrets plain texts. Where they are more than `maxSecretBytes` in all, every text is sealed as a whole.
 */
export function sealKnown<Value>(value: Value, secrets: Iterable<string>, seal: (text: string) => string): Value {
  const finder = new SecretFinder(secrets);
  return mapTexts(value, (text) => {
    const bytes = Buffer.from(text);
    const spans = joined(finder.find(bytes));
    if (spans.length === 0) return text;
    let sealed = '';
    let at = 0;
    for (const [from, to] of spans) {
      sealed += bytes.toString('utf8', at, from) + seal(bytes.toString('utf8', from, to));
      at = to;
    }
    return sealed + bytes.toString('utf8', at);
  });
}

/** Parts of one text that are sealed by themselves; more of them are sealed as one, with what is between: to seal takes 10 µs. */
const maxParts = 100;

function joined(spans: readonly Span[]): readonly Span[] {
  const [first] = spans;
  const last = spans.at(-1);
  return spans.length > maxParts && first && last ? [[first[0], last[1]]] : spans;
}

/** The text with each secret that it holds, in any of its forms, as `******`: for what is cut afterwards. */
export function maskKnown(text: string, secrets: Iterable<string>): string {
  return sealKnown(text, secrets, () => mask);
}

const star = 0x2a;

/**
 * Overwrites every form of the secrets in output with `*`, byte for byte, so that offsets and lines stay. Answers how many bytes it found.
 */
export function overwriteKnown(output: Buffer, finder: SecretFinder): number {
  let found = 0;
  for (const [from, to] of finder.find(output)) {
    found += to - from;
    for (let at = from; at < to; at++) if (output[at] !== 0x0a && output[at] !== 0x0d) output[at] = star;
  }
  return found;
}
