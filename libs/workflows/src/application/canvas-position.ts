import type { WorkflowTaskDefinition } from '#libs/contracts';

/** The annotation with the task's position in the drawing. */
export const positionKey = 'boomerang.io/position';

export interface Position {
  readonly x: number;
  readonly y: number;
}

/** The task's position in the drawing; null if it has none. */
export function positionOf({ annotations }: Pick<WorkflowTaskDefinition, 'annotations'>): Position | null {
  const position = annotations?.[positionKey];
  if (position === null || typeof position !== 'object' || Array.isArray(position)) return null;
  const { x, y } = position as { readonly x?: unknown; readonly y?: unknown };
  return typeof x === 'number' && typeof y === 'number' ? { x, y } : null;
}
