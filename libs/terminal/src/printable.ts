/** The text on one line, without control characters: what users have named must not steer a terminal. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the control characters
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?');
}
