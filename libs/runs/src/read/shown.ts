import { mapSpecText } from '#libs/kernel';
import { holdsSealed, isSealed, mapTexts, mask, maskText, type SecretBox } from '#libs/secrets';
import type { Json, RunParam } from '../domain';
import type { RunSummary } from './run-summary';

/** How answers show the values of a run: secrets masked for everybody, opened for the agent that runs the task. */
export interface Shown {
  param(param: RunParam): { readonly name: string; readonly value: Json };
  value<Value>(value: Value): Value;
  text(text: string): string;
  /** A text in which an agent replaces the paths of results. */
  specText(text: string): string;
}

const masked = maskedBy(maskText);

/** For everybody but the agent. Runs of the first version store their passwords unsealed: search for those. */
export function maskedOf(state: Pick<RunSummary, 'params'>): Shown {
  const clear = state.params.flatMap(({ type, value }) =>
    type === 'password' && typeof value === 'string' && value !== '' && !isSealed(value) ? [value] : [],
  );
  if (clear.length === 0) return masked;
  clear.sort((one, other) => other.length - one.length);
  return maskedBy((text) => clear.reduce((current, secret) => current.replaceAll(secret, mask), maskText(text)));
}

function maskedBy(text: (text: string) => string): Shown {
  return {
    param: ({ name, type, value }) => ({ name, value: type === 'password' ? null : mapTexts(value, text) }),
    value: (value) => mapTexts(value, text),
    text,
    specText: text,
  };
}

export function opened(box: SecretBox): Shown {
  return {
    param: ({ name, value }) => ({ name, value: box.openAll(value) }),
    value: (value) => box.openAll(value),
    text: (text) => box.open(text),
    // The content of a secret must not become a path.
    specText: (text) => (holdsSealed(text) ? mapSpecText(text, (plain) => box.open(plain)) : text),
  };
}

/** Without sealed values, those of people too, and without what a cut has left of one: for what is indexed, or cut itself. */
export function withoutSealed(text: string): string {
  return text.replace(/\uE000[^\uE001]*(?:\uE001|$)/g, ' ');
}
