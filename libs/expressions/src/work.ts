import { maxComparedText, maxMatchWork, maxVisited } from './bounds';
import { ExpressionError } from './expression-error';

/** Counts what the expressions of one request have cost so far, and checks the bounds. */
export class Work {
  private visited = 0;
  private text = 0;
  private matching = 0;

  /**
   * Like the other methods:
   * @throws ExpressionError naming the bound.
   */
  visit(values: number): void {
    this.visited += values;
    if (this.visited > maxVisited) throw new ExpressionError(`looks at more than ${maxVisited} values`);
  }

  compare(characters: number): void {
    this.text += characters;
    if (this.text > maxComparedText) throw new ExpressionError(`compares more than ${maxComparedText} characters`);
  }

  match(instructions: number, characters: number): void {
    this.matching += instructions * (characters + 1);
    if (this.matching <= maxMatchWork) return;
    throw new ExpressionError(
      `takes more than ${maxMatchWork} instructions times characters of regular expressions: shorten the value or the expression`,
    );
  }
}
