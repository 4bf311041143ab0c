/** What is wrong with an expression, or which bound it is beyond; goes on after its name: "must not have …". */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}
