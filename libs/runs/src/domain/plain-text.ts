/** A text of a terminal without its colours and other controls, which a person does not read. Its words stay apart. */
export function plainText(text: string): string {
  // eslint-disable-next-line no-control-regex -- that is what it removes
  return text.replace(/\u001B\[[0-9;?]*[A-Za-z]/g, '').replace(/[\u0000-\u001F\u007F]+/g, ' ');
}
