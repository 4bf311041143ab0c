/**
 * Bytes as text. Shows invalid UTF-8 as `\xff` and NUL as `\x00`, so that the text never hides the real bytes. Drops
 * the rest of a character that was cut at the very beginning.
 */
export function markedText(bytes: Buffer): string {
  let text = '';
  let at = 0;
  while (at < Math.min(3, bytes.length) && isContinuation(bytes[at])) at++;
  let from = at;
  while (at < bytes.length) {
    const length = characterAt(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    text += `${bytes.toString('utf8', from, at)}\\x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`;
    from = ++at;
  }
  return text + bytes.toString('utf8', from, at);
}

/** The position of the first byte that is not UTF-8; -1 if there is none. */
export function firstNoUtf8(bytes: Buffer): number {
  for (let at = 0; at < bytes.length;) {
    const length = bytes[at] === 0 ? 1 : characterAt(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return -1;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** The bytes of the UTF-8 character at this position; 0 if there is none, and for NUL. */
function characterAt(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return first === 0 ? 0 : 1;
  const second = bytes[at + 1] ?? 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  for (let next = 1; next < length; next++) if (!isContinuation(bytes[at + next])) return 0;
  const isOverlong = (first === 0xe0 && second < 0xa0) || (first === 0xf0 && second < 0x90);
  const isOutside = (first === 0xed && second > 0x9f) || (first === 0xf4 && second > 0x8f);
  return isOverlong || isOutside ? 0 : length;
}
