import { mapTexts, maskText, type SecretBox } from '#libs/secrets';
import type { Json, RunParam } from '../domain';

/** How values of a run are shown: secrets masked for everybody, opened for the agent that runs the task. */
export interface Shown {
  param(param: RunParam): { readonly name: string; readonly value: Json };
  value<Value>(value: Value): Value;
  text(text: string): string;
}

export const masked: Shown = {
  param: ({ name, type, value }) => ({ name, value: type === 'password' ? null : mapTexts(value, maskText) }),
  value: (value) => mapTexts(value, maskText),
  text: maskText,
};

export function opened(box: SecretBox): Shown {
  return {
    param: ({ name, value }) => ({ name, value: box.openAll(value) }),
    value: (value) => box.openAll(value),
    text: (text) => box.open(text),
  };
}
