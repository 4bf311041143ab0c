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

/**
 * The end of a text, masked: its last `bytes` bytes of UTF-8, less what a secret or a character has there that began before. What is cut off
 * is looked at too, so that no part of a secret is left that nobody would know again.
 */
export function maskedEnd(text: string, secrets: Iterable<string>, bytes: number): string {
  const whole = Buffer.from(text);
  let from = Math.max(0, whole.length - bytes);
  let end = '';
  for (const [start, stop] of new SecretFinder(secrets).find(whole)) {
    if (stop <= from) continue;
    end += start > from ? `${textFrom(whole, from, start)}${mask}` : '';
    from = stop;
  }
  return end + textFrom(whole, from, whole.length);
}

function textFrom(whole: Buffer, from: number, to: number): string {
  let at = from;
  while (at < to && ((whole[at] ?? 0) & 0xc0) === 0x80) at++;
  return whole.toString('utf8', at, to);
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
