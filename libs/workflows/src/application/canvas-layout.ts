import type { WorkflowTaskDefinition } from '#libs/contracts';
import { type Position, positionOf } from './canvas-position';

/** Distances between the upper left corners of neighbours. The reference draws a task 240 wide and 80 high. */
const columnWidth = 320;
const rowHeight = 160;

/**
 * The position of each task, by name. Tasks with a position keep it. The others are placed by levels, below those: each
 * task right of all its dependencies, and tasks of one level below each other in the order of the definition.
 */
export function layOut(tasks: readonly WorkflowTaskDefinition[]): ReadonlyMap<string, Position> {
  const positions = new Map<string, Position>();
  for (const task of tasks) {
    const position = positionOf(task);
    if (position) positions.set(task.name, position);
  }
  const lowest = [...positions.values()].reduce((low, { y }) => Math.max(low, y), -rowHeight);
  const levels = levelsOf(tasks);
  const rows = new Map<number, number>();
  for (const { name } of tasks) {
    if (positions.has(name)) continue;
    const level = levels.get(name) ?? 0;
    const row = rows.get(level) ?? 0;
    rows.set(level, row + 1);
    positions.set(name, { x: level * columnWidth, y: lowest + (row + 1) * rowHeight });
  }
  return positions;
}

/**
 * The number of tasks on the longest path to each task. Tasks on a cycle are on level 0: such a workflow cannot be
 * saved.
 */
function levelsOf(tasks: readonly WorkflowTaskDefinition[]): ReadonlyMap<string, number> {
  const levels = new Map(tasks.map(({ name }) => [name, 0]));
  const open = new Map<string, number>();
  const followers = new Map<string, string[]>();
  for (const { name, dependencies } of tasks) {
    const known = (dependencies ?? []).filter(({ taskRef }) => levels.has(taskRef));
    open.set(name, known.length);
    for (const { taskRef } of known) {
      const those = followers.get(taskRef);
      if (those) those.push(name);
      else followers.set(taskRef, [name]);
    }
  }
  const ready = tasks.filter(({ name }) => open.get(name) === 0).map(({ name }) => name);
  for (const name of ready) {
    for (const follower of followers.get(name) ?? []) {
      levels.set(follower, Math.max(levels.get(follower) ?? 0, (levels.get(name) ?? 0) + 1));
      const left = (open.get(follower) ?? 0) - 1;
      open.set(follower, left);
      if (left === 0) ready.push(follower);
    }
  }
  return levels;
}
