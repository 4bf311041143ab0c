import { maxPatternLengths, maxPatternSizes } from './bounds';
import { ExpressionError } from './expression-error';
import { isPlain, Pattern } from './pattern';

/** The regular expressions of one definition: each within its own bounds, and all together within the definition's. */
export class PatternSet {
  private readonly seen = new Set<string>();
  private characters = 0;
  private instructions = 0;

  /**
   * @throws ExpressionError as `Pattern.of` does, or naming the definition's bound. Beyond that bound it compiles
   * nothing.
   */
  add(text: string): void {
    if (!isPlain(text) && !this.seen.has(text)) {
      this.seen.add(text);
      this.characters += text.length;
    }
    if (this.characters > maxPatternLengths) {
      throw new ExpressionError(
        `exceeds a bound: all regular expressions of a definition may have at most ${maxPatternLengths} characters; plain texts do not count`,
      );
    }
    this.instructions += Pattern.of(text).size;
    if (this.instructions > maxPatternSizes) {
      throw new ExpressionError(
        `exceeds a bound: the programs of all regular expressions of a definition may have at most ${maxPatternSizes} instructions`,
      );
    }
  }
}
