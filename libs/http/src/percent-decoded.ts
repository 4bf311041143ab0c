/** Decoded once. What is not percent-encoded throughout, such as `100% sure`, stays as it is. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
