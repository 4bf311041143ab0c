import type {
  Json,
  ParamDeclaration,
  RevisionTask,
  WorkflowDefinition,
  WorkflowRevision,
  WorkflowTaskDefinition,
} from '#libs/contracts';

/** Types of the reference's catalogue tasks, for tasks that name one and no type. */
const typesByTaskRef: Readonly<Record<string, string>> = {
  'execute-shell': 'script',
  switch: 'decision',
  sleep: 'sleep',
  'set-result-parameter': 'setwfproperty',
  'set-status': 'setwfstatus',
  start: 'start',
  end: 'end',
};

export function typeOf(task: WorkflowTaskDefinition): string | undefined {
  return task.type ?? typesByTaskRef[task.taskRef ?? task.name] ?? typesByTaskRef[task.name];
}

/** All that a run needs of a definition that has been checked. */
export function toRunnable(
  definition: WorkflowDefinition,
): Omit<WorkflowRevision, 'workflowId' | 'revisionId' | 'version' | 'teamId' | 'name' | 'displayName' | 'active'> {
  const { triggers } = definition;
  return {
    labels: definition.labels ?? {},
    annotations: definition.annotations ?? {},
    params: (definition.params ?? []).map(toDeclaration),
    tasks: (definition.tasks ?? []).map(toTask),
    timeout: definition.timeout ?? 0,
    retries: Math.max(0, definition.retries ?? 0),
    workspaces: (definition.workspaces ?? []).map(({ name, description, type, optional, spec }) => ({
      name,
      description: description ?? null,
      type: type ?? null,
      optional: optional ?? false,
      spec: spec ?? null,
    })),
    triggers: {
      manual: triggers?.manual?.enabled ?? true,
      schedule: triggers?.schedule?.enabled ?? false,
      webhook: triggers?.webhook?.enabled ?? false,
      event: triggers?.event?.enabled ?? false,
      github: triggers?.github?.enabled ?? false,
    },
  };
}

function toDeclaration(param: NonNullable<WorkflowDefinition['params']>[number]): ParamDeclaration {
  return {
    name: param.name,
    type: param.type ?? 'text',
    ...(param.default !== undefined && param.default !== null && { defaultValue: param.default }),
    required: param.required ?? false,
    ...(param.options && param.options.length > 0 && { options: param.options.map(({ key }) => key) }),
    ...(param.minValueLength && { minValueLength: param.minValueLength }),
    ...(param.maxValueLength && { maxValueLength: param.maxValueLength }),
  };
}

function toTask(task: WorkflowTaskDefinition): RevisionTask {
  const params = (task.params ?? []).map(({ name, value }) => ({ name, value: value ?? null }));
  return {
    name: task.name,
    type: typeOf(task) ?? '',
    taskRef: task.taskRef ?? null,
    taskVersion: task.taskVersion ?? null,
    timeout: task.timeout ?? 0,
    dependencies: (task.dependencies ?? []).map(({ taskRef, executionCondition, decisionCondition }) => ({
      task: taskRef,
      executionCondition: executionCondition ?? 'always',
      decisionCondition: decisionCondition ?? '',
    })),
    params,
    results: (task.results ?? []).map(({ name, description }) => ({ name, description: description ?? null })),
    labels: task.labels ?? {},
    annotations: task.annotations ?? {},
    spec: toSpec(task, new Map(params.map(({ name, value }) => [name, value]))),
  };
}

/** The task's own spec; params of the reference's catalogue fill what it leaves open. */
function toSpec(task: WorkflowTaskDefinition, params: ReadonlyMap<string, Json>): RevisionTask['spec'] {
  const { spec } = task;
  const type = typeOf(task);
  const fills = type === 'custom' || type === 'template';
  const script = fills || type === 'script' ? textOf(params.get('script')) : null;
  return {
    arguments: spec?.arguments ?? (fills ? linesOf(params.get('arguments')) : null),
    command: spec?.command ?? (fills ? linesOf(params.get('command')) : null),
    envs:
      spec?.envs?.map(({ name, value }) => ({ name, value: value ?? null })) ??
      (fills ? envsOf(params.get('envs')) : null),
    image: spec?.image ?? (fills ? textOf(params.get('image')) : null),
    script: spec?.script ?? script,
    workingDir: spec?.workingDir ?? null,
  };
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A list, or a text with one item per line. */
function linesOf(value: Json | undefined): string[] | null {
  if (Array.isArray(value)) return value.map((each: Json) => (typeof each === 'string' ? each : JSON.stringify(each)));
  const text = textOf(value);
  return text === null ? null : text.split(/\r?\n/).filter((line) => line !== '');
}

/** A list of {name, value}, an object, or lines NAME=value. */
function envsOf(value: Json | undefined): { name: string; value: string | null }[] | null {
  if (value === undefined || value === null) return null;
  const text = (each: Json | undefined) =>
    each === undefined || each === null ? null : typeof each === 'string' ? each : JSON.stringify(each);
  if (typeof value === 'string') {
    const pairs = value.split(/\r?\n/).flatMap((line) => {
      const at = line.indexOf('=');
      return at > 0 ? [{ name: line.slice(0, at).trim(), value: line.slice(at + 1) }] : [];
    });
    return pairs.length > 0 ? pairs : null;
  }
  if (Array.isArray(value)) {
    return (value as readonly Json[]).flatMap((each) => {
      if (each === null || typeof each !== 'object' || Array.isArray(each)) return [];
      const { name, value: given } = each as { readonly name?: Json; readonly value?: Json };
      return typeof name === 'string' ? [{ name, value: text(given) }] : [];
    });
  }
  return typeof value === 'object'
    ? Object.entries(value).map(([name, given]) => ({ name, value: text(given) }))
    : null;
}
