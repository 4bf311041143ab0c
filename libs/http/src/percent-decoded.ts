/** Decodes once. A text that is not valid percent-encoding throughout, such as `100% sure`, stays as it is. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
