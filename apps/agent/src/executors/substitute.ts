import { readSpecText } from '#libs/kernel';

/** A param's value as text: JSON for everything but texts. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * Replaces `$(results.<name>.path)` with the path of the result's file. The server has substituted everything else, so
 * the agent does not touch it.
 */
export function substitute(text: string, resultPath: (name: string) => string): string {
  return readSpecText(text)
    .map((piece) => (typeof piece === 'string' ? piece : resultPath(piece.result)))
    .join('');
}
