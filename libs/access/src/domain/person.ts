/** The id of a person. Upper and lower case are equal in an e-mail address; any other name stays as it is. */
export function personId(given: string): string {
  const text = given.trim();
  return text.includes('@') ? text.toLowerCase() : text;
}
