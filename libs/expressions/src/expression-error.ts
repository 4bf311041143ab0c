/**
 * What is wrong with an expression, or which bound it exceeds. The message continues after the expression's name: "must
 * not have …".
 */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}
