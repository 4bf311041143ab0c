import type { TaskParam } from '../protocol';

/** A param's value as text: JSON for what is no text. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * Replaces what the server leaves to the agent: `$(results.<name>.path)` with the path of the result's file, as Tekton does, and
 * `$(params.<name>)` where it still stands. Anything else, such as a shell's `$(date)`, stays.
 */
export function substitute(text: string, params: readonly TaskParam[], resultPath: (name: string) => string): string {
  const values = new Map(params.map(({ name, value }) => [name, textOf(value)]));
  return text.replace(
    /\$\((?:results\.([^().]+)\.path|params\.([^().]+))\)/g,
    (whole, result?: string, param?: string) => {
      if (result !== undefined) return resultPath(result);
      return values.get(param ?? '') ?? whole;
    },
  );
}

/** Name of the environment variable that a param is given in: `PARAM_` and the name in capitals, `_` for all else. */
export function variableOf(name: string): string {
  return `PARAM_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}
