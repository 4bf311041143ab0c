import type { CatalogueTask, WorkflowTaskDefinition } from '#libs/contracts';
import { fittedTo, paramProblem, tokensIn } from '#libs/kernel';
import { mask } from '#libs/secrets';

/**
 * What is wrong with the values that a task passes to its catalogue task: one sentence each. It does not check values
 * with tokens (they are checked when the task runs), masked values (they stay as they were), or tasks of the system
 * (other code warns about them).
 * @param workflowParams names of the workflow's params: a task without a value uses the one with the same name.
 * @param reveal opens sealed parts of a value.
 */
export function catalogueParamProblems(
  task: WorkflowTaskDefinition,
  entry: CatalogueTask,
  workflowParams: ReadonlySet<string>,
  reveal: <Value>(value: Value) => Value,
): string[] {
  if (entry.isSystem) return [];
  const given = new Map((task.params ?? []).map(({ name, value }) => [name, value ?? null]));
  return entry.params.flatMap((declared) => {
    if (!given.has(declared.name)) {
      const isFilled = declared.defaultValue !== undefined || workflowParams.has(declared.name);
      return isFilled ? [] : (paramProblem(declared, null) ?? []);
    }
    const value = given.get(declared.name) ?? null;
    if (value === mask || tokensIn(value).length > 0) return [];
    return paramProblem(declared, fittedTo(declared.type, reveal(value))) ?? [];
  });
}
