import type { Json, RunParam, WorkflowRunState } from '../domain';

const mask = '******';

/** Takes the values of a run's `password` params out of whatever is shown of it. */
export interface Masker {
  param(param: RunParam): { readonly name: string; readonly value: Json };
  value(value: Json): Json;
  text(text: string): string;
}

const open: Masker = {
  param: ({ name, value }) => ({ name, value }),
  value: (value) => value,
  text: (text) => text,
};

/** For the agent that runs the task: shows everything. */
export const revealing = open;

/** Masks nothing where the run has no secret, which costs nothing. */
export function maskerOf(state: WorkflowRunState): Masker {
  const secrets = state.params
    .filter((param) => param.type === 'password')
    .flatMap(({ value }) => (typeof value === 'string' && value !== '' ? [value] : []))
    .sort((a, b) => b.length - a.length);
  const hasSecretParam = state.params.some((param) => param.type === 'password');
  if (!hasSecretParam) return open;
  const text = (original: string): string =>
    secrets.reduce((current, secret) => current.replaceAll(secret, mask), original);
  const value = (original: Json): Json => {
    if (typeof original === 'string') return text(original);
    if (original === null || typeof original !== 'object') return original;
    if (Array.isArray(original)) return original.map((each: Json) => value(each));
    return Object.fromEntries(Object.entries(original).map(([key, member]) => [key, value(member)]));
  };
  return {
    param: (param) => ({ name: param.name, value: param.type === 'password' ? null : value(param.value) }),
    value,
    text,
  };
}
