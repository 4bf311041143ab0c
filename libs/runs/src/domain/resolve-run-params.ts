import { jsonBytes, RefusedError } from '#libs/kernel';
import { refuseLargeRun } from './parameter-bounds';
import { ParameterError } from './parameter-error';
import { scopeOf } from './parameter-scope';
import { ParameterResolver } from './parameters';
import type { RunParam, WorkflowRunState } from './types';

/**
 * The run's params as answers show them. A default that needs values which only a task has stays unresolved here.
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
