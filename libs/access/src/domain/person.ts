/** The id of a person: an e-mail address is the same in any case of letters, any other name is taken as it is. */
export function personId(given: string): string {
  const text = given.trim();
  return text.includes('@') ? text.toLowerCase() : text;
}
