/*
 * The token that the server leaves to an agent in a script, a command, an argument or an environment variable:
 * `$(results.<name>.path)`. A value may contain the same text. The `$` before it decide: an odd number is a path (half
 * of the rest are text), an even number is text (half of them). So the agent never takes a value for a token.
 */

/** Text, or the path of one of the task's results. */
export type SpecPiece = string | { readonly result: string };

const opening = '(results.';
const ending = '.path)';

/** The text for the agent. Linear in the length of the pieces. */
export function writeSpecText(pieces: readonly SpecPiece[]): string {
  let out = '';
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') text += piece;
    else {
      out += guarded(text) + '$'.repeat(dollarsBefore(text, text.length, 0)) + `$${opening}${piece.result}${ending}`;
      text = '';
    }
  }
  return out + guarded(text);
}

/** The pieces of a text that `writeSpecText` made; a text without a path is one piece, an empty text none. */
export function readSpecText(text: string): readonly SpecPiece[] {
  const pieces: SpecPiece[] = [];
  let plain = '';
  let from = 0;
  for (const { at, name } of pathsIn(text)) {
    const dollars = dollarsBefore(text, at, from);
    const end = at + opening.length + name.length + ending.length;
    plain += text.slice(from, at - dollars) + '$'.repeat(dollars >> 1);
    if (dollars % 2 === 1) {
      if (plain !== '') pieces.push(plain);
      plain = '';
      pieces.push({ result: name });
    } else plain += text.slice(at, end);
    from = end;
  }
  plain += text.slice(from);
  if (plain !== '') pieces.push(plain);
  return pieces;
}

/** Changes the text pieces, and keeps the paths. */
export function mapSpecText(text: string, change: (plain: string) => string): string {
  return writeSpecText(readSpecText(text).map((piece) => (typeof piece === 'string' ? change(piece) : piece)));
}

/** Each `(results.<name>.path)`: its position, and its name, which has none of `. ( ) [ ]`. */
function pathsIn(text: string): { readonly at: number; readonly name: string }[] {
  const found: { at: number; name: string }[] = [];
  for (let at = text.indexOf(opening); at >= 0; at = text.indexOf(opening, at + opening.length)) {
    const name = nameAt(text, at + opening.length);
    if (name !== '' && text.startsWith(ending, at + opening.length + name.length)) found.push({ at, name });
  }
  return found;
}

function nameAt(text: string, from: number): string {
  const name = /[^.()[\]]*/y;
  name.lastIndex = from;
  return name.exec(text)?.[0] ?? '';
}

function guarded(text: string): string {
  let out = '';
  let from = 0;
  for (const { at } of pathsIn(text)) {
    out += text.slice(from, at) + '$'.repeat(dollarsBefore(text, at, from));
    from = at;
  }
  return out + text.slice(from);
}

/** The number of `$` directly before a position, not counting those before `from`. */
function dollarsBefore(text: string, at: number, from: number): number {
  let count = 0;
  while (at - count > from && text[at - count - 1] === '$') count++;
  return count;
}
