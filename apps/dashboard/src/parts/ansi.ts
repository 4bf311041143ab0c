/** A piece of a line in one style. */
export interface Piece {
  readonly text: string;
  /** Names of styles: `bold`, `dim`, `italic`, `under`, `fg-1` … `fg-15`. */
  readonly styles: readonly string[];
}

// Escape sequences: SGR (ends with m), other CSI, OSC (until BEL or ST), and single ones.
// eslint-disable-next-line no-control-regex -- these are what is looked for
const sequence = /\u001b(?:\[([0-9;:]*)([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/g;
/** Characters that would hide or reorder text: controls but tab, bidirectional marks, zero-width ones. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

function visible(text: string): string {
  return text.replace(unseen, (found) => `\\u${(found.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}

interface Style {
  readonly flags: ReadonlySet<string>;
  readonly colour: number | null;
}

export const plain: Style = { flags: new Set(), colour: null };
const flagOf: Readonly<Record<number, string>> = { 1: 'bold', 2: 'dim', 3: 'italic', 4: 'under' };
const ended: Readonly<Record<number, readonly string[]>> = { 22: ['bold', 'dim'], 23: ['italic'], 24: ['under'] };

/** The style after the codes of an SGR sequence. Backgrounds, and colours beyond the sixteen, are left out: they could hide text. */
function styled(before: Style, codes: string): Style {
  const flags = new Set(before.flags);
  let { colour } = before;
  const numbers = codes.split(/[;:]/).map(Number);
  for (let index = 0; index < numbers.length; index++) {
    const code = numbers[index] ?? 0;
    if (code === 0) {
      flags.clear();
      colour = null;
    } else if (code === 38 || code === 48) {
      const [kind, value] = [numbers[index + 1], numbers[index + 2]];
      if (code === 38 && kind === 5 && value !== undefined && value < 16) colour = value;
      index += kind === 5 ? 2 : 4;
    } else if (flagOf[code] !== undefined) flags.add(flagOf[code]);
    else if (ended[code]) for (const flag of ended[code]) flags.delete(flag);
    else if (code >= 30 && code <= 37) colour = code - 30;
    else if (code >= 90 && code <= 97) colour = code - 82;
    else if (code === 39) colour = null;
  }
  return { flags, colour };
}

/** A line without its escape sequences, and the style that goes on in the next line. */
export function piecesOf(
  line: string,
  style: Style = plain,
): { readonly pieces: readonly Piece[]; readonly style: Style } {
  const pieces: Piece[] = [];
  let at = 0;
  let now = style;
  const add = (text: string): void => {
    if (text === '') return;
    pieces.push({ text: visible(text), styles: [...now.flags, ...(now.colour === null ? [] : [`fg-${now.colour}`])] });
  };
  // What a carriage return overwrote is not shown: progress bars write one line again and again.
  const shown = line.replace(/\r+$/, '').replace(/^.*\r/, '');
  for (const found of shown.matchAll(sequence)) {
    add(shown.slice(at, found.index));
    at = found.index + found[0].length;
    if (found[2] === 'm') now = styled(now, found[1] ?? '');
  }
  add(shown.slice(at));
  return { pieces, style: now };
}

/** A text without its escape sequences. */
export function plainText(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      piecesOf(line)
        .pieces.map((piece) => piece.text)
        .join(''),
    )
    .join('\n');
}
