import { z } from 'zod';

/**
 * A whole number; minutes and retries are int64 in the contract. Also accepts a text of at most nine digits, because
 * the reference's client sends what the user typed.
 */
export function wholeNumber(min: number, max: number) {
  const number = z.int().min(min).max(max).meta({ format: 'int64' });
  return z.preprocess((given) => (isDigits(given) ? Number(given) : given), number);
}

function isDigits(given: unknown): given is string {
  return typeof given === 'string' && /^\s*-?\d{1,9}\s*$/.test(given);
}
