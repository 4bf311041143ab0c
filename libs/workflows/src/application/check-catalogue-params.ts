import type { CatalogueTask, WorkflowTaskDefinition } from '#libs/contracts';
import { fittedTo, paramProblem, tokensIn } from '#libs/kernel';
import { mask } from '#libs/secrets';

/**
 * What is wrong with the values that a task gives to the params of its catalogue task: a sentence each. A value with a token is looked at
 * when the task runs; one that was shown masked stays as it was. What the system runs is looked at elsewhere, and warned of.
 * @param workflowParams names of the workflow's params: a task that gives no value takes that of the same name.
 * @param reveal opens what is sealed in a value.
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
