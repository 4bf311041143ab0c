import { RefusedError } from '#libs/kernel';

const quote = 0x22;
const backslash = 0x5c;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;
const numberText = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** The most digits of a number with a fraction: 64-bit floating point writes so many, and reads them back unchanged. */
const maxDigits = 17;

/**
 * Refuses JSON text with numbers that JavaScript would round: whole numbers that change, numbers that are too large or
 * too small, fractions with more than 17 digits.
 * @param text valid JSON.
 * @throws RefusedError BAD_REQUEST naming the number.
 */
export function refuseRounded(text: string): void {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfText(text, at);
    else if (code === minus || (code >= zero && code <= nine)) {
      numberText.lastIndex = at;
      const [number = ''] = numberText.exec(text) ?? [];
      if (!isExact(number)) {
        const shown = number.length > 60 ? `${number.slice(0, 60)}…` : number;
        throw new RefusedError(
          'BAD_REQUEST',
          `The number ${shown} cannot be stored exactly: send it as a text, "${shown}".`,
        );
      }
      at += number.length - 1;
    }
  }
}

/** The position of the closing quote of the text that begins at `start`. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === quote) return at;
  }
  return text.length;
}

function isExact(text: string): boolean {
  // JavaScript never rounds a number as short as this.
  if (text.length <= 15 && !/e/i.test(text)) return true;
  const value = Number(text);
  if (!Number.isFinite(value)) return false;
  const sent = partsOf(text);
  const kept = partsOf(String(value));
  if (sent.digits === kept.digits && sent.exponent === kept.exponent) return true;
  const isWhole = sent.exponent >= 0;
  return !isWhole && value !== 0 && sent.digits.length <= maxDigits;
}

/** The number as whole digits, without zeros at their ends, times a power of ten. */
function partsOf(text: string): { readonly digits: string; readonly exponent: number } {
  const [, whole = '', fraction = '', power = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = `${whole}${fraction}`;
  let end = all.length;
  while (end > 0 && all.charCodeAt(end - 1) === zero) end--;
  let start = 0;
  while (start < end && all.charCodeAt(start) === zero) start++;
  if (start === end) return { digits: '', exponent: 0 };
  return { digits: all.slice(start, end), exponent: Number(power) - fraction.length + (all.length - end) };
}
