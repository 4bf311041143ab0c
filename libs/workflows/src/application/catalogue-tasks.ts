import {
  type CatalogueTask,
  FindCatalogueTask,
  type ReachInTeam,
  type WorkflowDefinition,
  type WorkflowTaskDefinition,
} from '#libs/contracts';
import { type FaultReason, RefusedError } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';

/** Gets the catalogue tasks of a definition. */
@Injectable()
export class CatalogueTasks {
  constructor(private readonly queries: QueryBus) {}

  /**
   * The definition with the versions of its catalogue tasks pinned, and the catalogue's content for them, by name of
   * task.
   * @throws RefusedError WORKFLOW_INVALID_TASK_REF, TASK_INACTIVE_STATUS
   */
  async pin(
    reach: ReachInTeam,
    definition: WorkflowDefinition,
  ): Promise<{ definition: WorkflowDefinition; tasks: ReadonlyMap<string, CatalogueTask> }> {
    const known = new Map<string, Promise<CatalogueTask | null>>();
    const found = new Map<string, CatalogueTask>();
    const problems: { reason: FaultReason; text: string }[] = [];
    const tasks: WorkflowTaskDefinition[] = [];
    for (const task of definition.tasks ?? []) {
      const { upgradesAvailable: _upgradesAvailable, ...given } = task;
      if (!task.taskRef || task.name === 'start' || task.name === 'end') {
        tasks.push(given);
        continue;
      }
      const version = task.taskVersion ? task.taskVersion : undefined;
      const key = `${task.taskRef} ${version ?? ''}`;
      if (!known.has(key)) known.set(key, this.find(reach, task.taskRef, version));
      const entry = await known.get(key);
      const named = `Task name: ${task.name}, Task reference: ${task.taskRef}${version === undefined ? '' : ` @ ${version}`}.`;
      if (!entry)
        problems.push({ reason: 'WORKFLOW_INVALID_TASK_REF', text: `Invalid Task reference provided. ${named}` });
      else if (!entry.active)
        problems.push({ reason: 'TASK_INACTIVE_STATUS', text: `The Task is not active. ${named}` });
      else {
        found.set(task.name, entry);
        tasks.push({
          ...given,
          type: (task.type ?? entry.type) as WorkflowTaskDefinition['type'],
          taskVersion: entry.version,
        });
        continue;
      }
      tasks.push(given);
    }
    const [first] = problems;
    if (first)
      throw new RefusedError(
        first.reason,
        problems
          .slice(0, 50)
          .map(({ text }) => text)
          .join(' '),
      );
    return { definition: definition.tasks ? { ...definition, tasks } : definition, tasks: found };
  }

  /** Marks tasks with a newer version in the catalogue, and workflows with such tasks. */
  async marked(reach: ReachInTeam, definition: WorkflowDefinition): Promise<WorkflowDefinition> {
    const refs = new Map<string, number>();
    for (const { taskRef, taskVersion } of definition.tasks ?? []) {
      if (!taskRef || !taskVersion || refs.has(taskRef)) continue;
      const latest = await this.find(reach, taskRef, undefined);
      if (latest) refs.set(taskRef, latest.version);
    }
    let hasUpgrades = false;
    const tasks = definition.tasks?.map((task) => {
      const latest = task.taskRef ? refs.get(task.taskRef) : undefined;
      if (latest === undefined || !task.taskVersion) return task;
      const upgradesAvailable = task.taskVersion < latest;
      hasUpgrades ||= upgradesAvailable;
      return { ...task, upgradesAvailable };
    });
    return tasks ? { ...definition, tasks, upgradesAvailable: hasUpgrades } : definition;
  }

  private find(reach: ReachInTeam, ref: string, version: number | undefined): Promise<CatalogueTask | null> {
    return this.queries.execute<FindCatalogueTask, CatalogueTask | null>(new FindCatalogueTask(reach, ref, version));
  }
}
