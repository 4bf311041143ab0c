import type { WorkflowRunRequest } from '#libs/contracts';
import {
  type Json,
  type JsonObject,
  type RunOverlay,
  type RunParam,
  withoutSystemKeys,
  type Workspace,
} from '../domain';

/**
 * The given fields of the request, without fields that only the server sets; null counts as absent. `retries: -1` means
 * none in the reference.
 */
export function overlayOf(request: WorkflowRunRequest): RunOverlay {
  const { labels, annotations, params, workspaces, timeout, retries, debug } = request;
  return {
    ...(labels && { labels: withoutSystemKeys(labels) }),
    ...(annotations && { annotations: withoutSystemKeys(annotations as JsonObject) }),
    ...(params && { params: params.map(toParam) }),
    ...(workspaces && { workspaces: workspaces.map(toWorkspace) }),
    ...(timeout !== null && timeout !== undefined && { timeout }),
    ...(retries !== null && retries !== undefined && { retries: Math.max(0, retries) }),
    ...(debug !== null && debug !== undefined && { debug }),
  };
}

export function toParam(param: { readonly name: string; readonly value?: unknown }): RunParam {
  return { name: param.name, value: (param.value ?? null) as Json };
}

function toWorkspace(workspace: NonNullable<WorkflowRunRequest['workspaces']>[number]): Workspace {
  return {
    name: workspace.name,
    description: workspace.description ?? null,
    type: workspace.type ?? null,
    optional: workspace.optional ?? false,
    spec: workspace.spec ?? null,
  };
}
