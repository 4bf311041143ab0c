import type { CatalogueTask, WorkflowDefinition, WorkflowTaskDefinition } from '#libs/contracts';
import { fittedTo, parseTemplate } from '#libs/kernel';
import { holdsSealed, mask, maskText, sealedDeclarations, type SecretBox } from '#libs/secrets';

type TaskParams = NonNullable<WorkflowTaskDefinition['params']>;

/**
 * The definition with sealed secrets: the defaults of passwords, and the values that tasks pass to password params of
 * the catalogue. A masked value keeps the value of the revision `before`.
 * @returns also a sentence for each masked value with no known value here.
 */
export function withSecretsSealed(
  definition: WorkflowDefinition,
  catalogue: ReadonlyMap<string, CatalogueTask>,
  before: WorkflowDefinition | null,
  box: SecretBox,
): { readonly definition: WorkflowDefinition; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const known = new Map((before?.tasks ?? []).map((task) => [task.name, task.params ?? []]));
  const tasks = definition.tasks?.map((task) => {
    if (!task.params) return task;
    const declared = catalogue.get(task.name)?.params ?? [];
    const secret = new Set(declared.flatMap(({ name, type }) => (type === 'password' ? [name] : [])));
    const params = withKeptSecrets(task.params, known.get(task.name) ?? []).map((param) => {
      if (!secret.has(param.name)) return param;
      if (param.value === mask) {
        warnings.push(`Task ${task.name}: the value of param ${param.name} is unknown here: send it again.`);
        return { ...param, value: null };
      }
      const value = fittedTo('password', param.value);
      return typeof value === 'string' ? { ...param, value: sealedTemplate(value, box) } : param;
    });
    return { ...task, params };
  });
  return {
    definition: {
      ...definition,
      ...(definition.params && { params: sealedDeclarations(definition.params, before?.params ?? [], box) }),
      ...(tasks && { tasks }),
    },
    warnings,
  };
}

/** The params of a task; a masked value gets its earlier value. */
export function withKeptSecrets(params: TaskParams, before: TaskParams): TaskParams {
  const secrets = new Map(
    before.flatMap(({ name, value }) => (typeof value === 'string' && holdsSealed(value) ? [[name, value]] : [])),
  );
  if (secrets.size === 0) return params;
  return params.map((param) => {
    const known = secrets.get(param.name);
    return known !== undefined && param.value === maskText(known) ? { ...param, value: known } : param;
  });
}

/** Keeps its tokens, and seals the fixed text beside them. */
function sealedTemplate(text: string, box: SecretBox): string {
  return parseTemplate(text)
    .map((part) => (typeof part === 'string' ? box.seal(part) : part.source))
    .join('');
}
