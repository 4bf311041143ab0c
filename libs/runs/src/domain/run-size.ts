import { jsonBytes, RefusedError } from '#libs/kernel';
import { maxRunInput, maxRunLabels, maxRunSecrets } from './bounds';
import type { Json, JsonObject, Labels, RunParam, Workspace } from './types';

/** The request for a run, at a submit, a start or a retry. */
export interface RunInput {
  readonly params: readonly RunParam[];
  readonly labels: Labels;
  readonly annotations: JsonObject;
  readonly workspaces: readonly Workspace[];
}

/** @throws RefusedError REQUEST_INVALID_PARAMS naming the bound. */
export function refuseOversized({ params, labels, annotations, workspaces }: RunInput): void {
  for (const [name, count] of [
    ['labels', Object.keys(labels).length],
    ['annotations', Object.keys(annotations).length],
  ] as const) {
    if (count > maxRunLabels) throw oversized(`${count} ${name}, including those of its workflow`, maxRunLabels, '');
  }
  const bytes = jsonBytes([params, labels, annotations, workspaces]);
  if (bytes > maxRunInput) {
    throw oversized(`${bytes} bytes of params, labels, annotations and workspaces`, maxRunInput, ' bytes');
  }
  const secrets = params.reduce((sum, { type, value }) => sum + (type === 'password' ? textBytes(value) : 0), 0);
  if (secrets > maxRunSecrets) throw oversized(`${secrets} bytes of passwords`, maxRunSecrets, ' bytes');
}

function textBytes(value: Json): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : jsonBytes(value);
}

function oversized(what: string, limit: number, unit: string): RefusedError {
  return new RefusedError('REQUEST_INVALID_PARAMS', `The run would have ${what}: at most ${limit}${unit} are allowed.`);
}
