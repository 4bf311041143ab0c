import { plainText } from './ansi';
import { Time } from './time';

const moment = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))/;

/** A sentence of the server: its times in the viewer's zone, and without escape sequences of a task's output. */
export function Sentence({ text }: { readonly text: string }) {
  return plainText(text)
    .split(moment)
    .map((part, index) => (index % 2 === 1 ? <Time key={index} at={part} /> : part));
}
