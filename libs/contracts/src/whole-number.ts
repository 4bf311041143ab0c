import { z } from 'zod';

/** A whole number, int64 as the contract has its minutes and retries; a text of at most nine digits stands for one too, since the reference's client sends what was typed. */
export function wholeNumber(min: number, max: number) {
  const number = z.int().min(min).max(max).meta({ format: 'int64' });
  return z.preprocess((given) => (isDigits(given) ? Number(given) : given), number);
}

function isDigits(given: unknown): given is string {
  return typeof given === 'string' && /^\s*-?\d{1,9}\s*$/.test(given);
}
