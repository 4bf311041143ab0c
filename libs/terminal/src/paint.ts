import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/** Colours a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Uses colours if the terminal has them: not in files and pipes, not with NO_COLOR (any value) or TERM=dumb. */
export function paintFor(out: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv = process.env): Paint {
  const hasColour = out.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
  // Node would check its own standard output; the code above has already decided about colours.
  return hasColour ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text;
}
