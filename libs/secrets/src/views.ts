/** A text without one kind of escapes, and the original position of each of its bytes. */
export interface View {
  readonly bytes: Buffer;
  /** By byte of the view: where it begins in the text, plus the end of the text. Null: the view is the text itself. */
  readonly starts: Int32Array | null;
  /** Drops line breaks with the next line's indentation, and tabs: only long forms are searched for here. */
  readonly isFolded: boolean;
}

const backslash = 0x5c;
const percent = 0x25;
const plus = 0x2b;
const space = 0x20;
const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * The text as it is, without line breaks and indentation (base64 is wrapped at any width), without the escapes of JSON,
 * once and twice, and without those of URLs and forms. At most seven views, each in linear time.
 */
export function viewsOf(text: Buffer): View[] {
  const whole: View = { bytes: text, starts: null, isFolded: false };
  const views = [whole];
  if (text.includes(backslash)) {
    const once = unescaped(whole);
    views.push(once);
    if (once.bytes.includes(backslash)) views.push(unescaped(once));
  }
  if (text.includes(percent)) views.push(decoded(whole, false));
  if (text.includes(plus)) views.push(decoded(whole, true));
  const broken = views
    .slice(0, 3)
    .filter(({ bytes }) => [lineFeed, carriageReturn, tab].some((byte) => bytes.includes(byte)));
  return [...views, ...broken.map(folded)];
}

class Builder {
  private readonly bytes: Buffer;
  private readonly starts: Int32Array;
  private length = 0;

  constructor(private readonly of: View) {
    this.bytes = Buffer.allocUnsafe(of.bytes.length);
    this.starts = new Int32Array(of.bytes.length + 1);
  }

  put(byte: number, at: number): void {
    this.bytes[this.length] = byte;
    this.starts[this.length++] = this.of.starts?.[at] ?? at;
  }

  done(isFolded = false): View {
    const { length } = this.of.bytes;
    this.starts[this.length] = this.of.starts?.[length] ?? length;
    return { bytes: this.bytes.subarray(0, this.length), starts: this.starts.subarray(0, this.length + 1), isFolded };
  }
}

function folded(view: View): View {
  const builder = new Builder(view);
  let isIndent = false;
  for (let at = 0; at < view.bytes.length; at++) {
    const byte = view.bytes[at] ?? 0;
    if (byte === lineFeed || byte === carriageReturn) isIndent = true;
    else if (byte !== tab && !(isIndent && byte === space)) {
      isIndent = false;
      builder.put(byte, at);
    }
  }
  return builder.done(true);
}

/** Reads `%41` as `A`; with `isForm`, `+` as a space. Everything else stays. */
function decoded(view: View, isForm: boolean): View {
  const { bytes } = view;
  const builder = new Builder(view);
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    const code = byte === percent ? hexAt(bytes, at + 1, 2) : -1;
    if (code >= 0) {
      builder.put(code, at);
      at += 2;
    } else builder.put(isForm && byte === plus ? space : byte, at);
  }
  return builder.done();
}

const simple = new Map(
  Object.entries({ n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '"': '"', '\\': '\\', '/': '/', "'": "'" }).map(
    ([letter, meant]) => [letter.charCodeAt(0), meant.charCodeAt(0)],
  ),
);

/** Reads `\n`, `\"`, `\u00fc` and so on. Everything else stays. */
function unescaped(view: View): View {
  const { bytes } = view;
  const builder = new Builder(view);
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    const next = byte === backslash ? (bytes[at + 1] ?? 0) : 0;
    const meant = simple.get(next);
    if (meant !== undefined) {
      builder.put(meant, at);
      at += 1;
      continue;
    }
    const unit = next === 0x75 ? hexAt(bytes, at + 2, 4) : -1;
    if (unit < 0) {
      builder.put(byte, at);
      continue;
    }
    const isPair = unit >= 0xd800 && unit < 0xdc00 && bytes[at + 6] === backslash && bytes[at + 7] === 0x75;
    const second = isPair ? hexAt(bytes, at + 8, 4) : -1;
    const units = second >= 0xdc00 && second < 0xe000 ? [unit, second] : [unit];
    for (const each of Buffer.from(String.fromCharCode(...units))) builder.put(each, at);
    at += units.length * 6 - 1;
  }
  return builder.done();
}

/** The value of so many hex digits; -1 if they are not hex digits. */
function hexAt(bytes: Buffer, from: number, digits: number): number {
  let value = 0;
  for (let at = from; at < from + digits; at++) {
    const digit = hexDigit(bytes[at] ?? 0);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
