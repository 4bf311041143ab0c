import { RE2JS } from 're2js';
import { maxPatternLength, maxPatternSize } from './bounds';
import { ExpressionError } from './expression-error';

/** The most compiled patterns in the cache. */
const maxKept = 1000;
const kept = new Map<string, Pattern | ExpressionError>();

/** Contains no character with a meaning in regular expressions. */
const plain = /^[\w\s:/@#%&=,;"'<>~`!-]*$/;

export function isPlain(text: string): boolean {
  return plain.test(text);
}

/**
 * A user's regular expression, which must match a whole value. It runs on RE2: the time is at most the size of its
 * program times the length of the value, so we bound both.
 */
export class Pattern {
  private constructor(
    private readonly text: string,
    private readonly regex: RE2JS | null,
    /** The instructions of its program: 1 for a plain text. */
    readonly size: number,
  ) {}

  /** @throws ExpressionError saying what is wrong, or which bound it exceeds. */
  static of(text: string): Pattern {
    let known = kept.get(text);
    if (known === undefined) {
      known = parse(text, (regex, size) => new Pattern(text, regex, size));
      if (kept.size >= maxKept) kept.clear();
      kept.set(text, known);
    }
    if (known instanceof ExpressionError) throw known;
    return known;
  }

  matches(value: string): boolean {
    return this.regex === null ? this.text === value : this.regex.matches(value);
  }
}

function parse(text: string, make: (regex: RE2JS | null, size: number) => Pattern): Pattern | ExpressionError {
  if (text.length > maxPatternLength) {
    return new ExpressionError(`must have at most ${maxPatternLength} characters`);
  }
  if (isPlain(text)) return make(null, 1);
  try {
    const regex = RE2JS.compile(text);
    const size = regex.programSize();
    if (size > maxPatternSize) {
      return new ExpressionError(
        `must be a smaller regular expression: its program has ${size} instructions, at most ${maxPatternSize} are allowed; write fewer repetitions`,
      );
    }
    return make(regex, size);
  } catch {
    return new ExpressionError('is not a valid RE2 expression');
  }
}
