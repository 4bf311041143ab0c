import { mapTexts, mask } from './mask';
import type { SecretBox } from './secret-box';
import { SecretFinder, type Span } from './secret-finder';

/**
 * Seals each secret in a value, in any of its forms, so that opening it gives the original text. Linear in the size of
 * the value and of the secrets.
 * @param secrets plain texts. If they exceed `maxSecretBytes` in all, it seals every text as a whole.
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

/**
 * The most parts of one text that are sealed separately; more are sealed as one, with the text between them: each
 * sealing takes 10 µs.
 */
const maxParts = 100;

function joined(spans: readonly Span[]): readonly Span[] {
  const [first] = spans;
  const last = spans.at(-1);
  return spans.length > maxParts && first && last ? [[first[0], last[1]]] : spans;
}

/** Replaces each secret in the text, in any of its forms, by `******`: for texts that are cut afterwards. */
export function maskKnown(text: string, secrets: Iterable<string>): string {
  return sealKnown(text, secrets, () => mask);
}

/** Replaces each secret in the text that is sealed in `known`. */
export function maskSealedIn(text: string, known: unknown, box: SecretBox): string {
  return maskKnown(text, box.secretsIn(known));
}

/**
 * The masked end of a text: its last `bytes` bytes of UTF-8, without a secret or character that began before. It also
 * searches the part that it cuts off, so that no unrecognisable part of a secret remains.
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
 * Overwrites every form of the secrets in output with `*`, byte for byte, so that offsets and lines stay. Returns the
 * number of bytes found.
 */
export function overwriteKnown(output: Buffer, finder: SecretFinder): number {
  let found = 0;
  for (const [from, to] of finder.find(output)) {
    found += to - from;
    for (let at = from; at < to; at++) if (output[at] !== 0x0a && output[at] !== 0x0d) output[at] = star;
  }
  return found;
}
