import { jsonBytes, RefusedError } from '#libs/kernel';
import { refuseLargeRun } from './parameter-bounds';
import { ParameterError } from './parameter-error';
import { scopeOf } from './parameter-scope';
import { ParameterResolver } from './parameters';
import type { RunParam, WorkflowRunState } from './types';

/**
 * The run's params as they are shown. A default that refers to what only a task can know stays as it is here.
 * @throws RefusedError REQUEST_INVALID_PARAMS for circles and bounds, by name.
 */
export function resolveRunParams(state: WorkflowRunState): readonly RunParam[] {
  try {
    const params = new ParameterResolver(scopeOf(state)).params('workflow');
    refuseLargeRun(state, jsonBytes(params) - jsonBytes(state.params));
    return params;
  } catch (error) {
    if (error instanceof ParameterError) throw new RefusedError('REQUEST_INVALID_PARAMS', error.message);
    throw error;
  }
}
