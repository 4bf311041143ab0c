import {
  type CatalogueTask,
  declarationOf,
  type Json,
  type RevisionTask,
  type RevisionTaskParam,
  type WorkflowDefinition,
  type RunnableDefinition,
  type WorkflowTaskDefinition,
} from '#libs/contracts';
import { type TaskType, tokensIn, workflowTriggers } from '#libs/kernel';

/** A task's type; `start` and `end` need not say it, and the catalogue's types are filled in before. */
export function typeOf({ type, name }: WorkflowTaskDefinition): string | undefined {
  return type ?? (name === 'start' || name === 'end' ? name : undefined);
}

/** Everything that a run needs of a checked definition. */
export function toRunnable(
  definition: WorkflowDefinition,
  catalogue: ReadonlyMap<string, CatalogueTask>,
): RunnableDefinition {
  const { triggers } = definition;
  const names = new Set((definition.params ?? []).map(({ name }) => name));
  return {
    labels: definition.labels ?? {},
    annotations: definition.annotations ?? {},
    params: (definition.params ?? []).map(declarationOf),
    tasks: (definition.tasks ?? []).map((task) => toTask(task, catalogue.get(task.name), names)),
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
    conditions: conditionsOf(triggers),
  };
}

function conditionsOf(triggers: WorkflowDefinition['triggers']): NonNullable<RunnableDefinition['conditions']> {
  return Object.fromEntries(
    workflowTriggers.flatMap((name) => {
      const conditions = triggers?.[name]?.conditions ?? [];
      const rules = conditions.map(({ field, operation, value, values }) => ({
        field,
        operation,
        ...(value !== null && value !== undefined && { value }),
        ...(values && { values }),
      }));
      return rules.length > 0 ? [[name, rules]] : [];
    }),
  );
}

/** An hour. */
const longestPause = 3_600_000;

function backoffOf(backoff: WorkflowTaskDefinition['backoff']): RevisionTask['backoff'] {
  if (backoff === null || backoff === undefined) return undefined;
  if (typeof backoff === 'number') return { delay: backoff, factor: 2, maxDelay: Math.max(backoff, longestPause) };
  const { delay, factor, maxDelay } = backoff;
  return { delay, factor: factor ?? 2, maxDelay: maxDelay ?? Math.max(delay, longestPause) };
}

/** Types with results that the workflow's task declares, in addition to those of the catalogue. */
const ownResults: ReadonlySet<string> = new Set<TaskType>(['script', 'custom', 'generic']);

function toTask(
  task: WorkflowTaskDefinition,
  catalogue: CatalogueTask | undefined,
  workflowParams: ReadonlySet<string>,
): RevisionTask {
  const given = (task.params ?? []).map(({ name, value }) => ({ name, value: value ?? null }));
  const names = new Set(given.map(({ name }) => name));
  // A param in the catalogue's script without a value is null, so that its token names something.
  const named = new Set(tokensIn(catalogue?.spec).flatMap(({ token }) => (token.kind === 'param' ? [token.name] : [])));
  const defaults = (catalogue?.params ?? []).flatMap(({ name, defaultValue = null }) => {
    const isNeeded = defaultValue !== null || (named.has(name) && !workflowParams.has(name));
    return isNeeded && !names.has(name) ? [{ name, value: defaultValue }] : [];
  });
  const declared = new Map(
    catalogue && !catalogue.isSystem ? catalogue.params.map((param) => [param.name, param]) : [],
  );
  const params = [...given, ...defaults].map((param) => toParam(param, declared.get(param.name)));
  const type = typeOf(task) ?? '';
  const results = resultsOf(task, catalogue);
  const backoff = backoffOf(task.backoff);
  return {
    name: task.name,
    type,
    taskRef: task.taskRef ?? null,
    taskVersion: task.taskVersion ?? null,
    timeout: task.timeout ?? 0,
    dependencies: (task.dependencies ?? []).map(({ taskRef, executionCondition, decisionCondition }) => ({
      task: taskRef,
      executionCondition: executionCondition ?? 'always',
      decisionCondition: decisionCondition ?? '',
    })),
    params,
    results: results.map(({ name, description, searchable }) => ({
      name,
      description: description ?? null,
      ...(searchable && { searchable: true }),
    })),
    labels: task.labels ?? {},
    annotations: task.annotations ?? {},
    spec: toSpec(task, new Map(params.map(({ name, value }) => [name, value])), catalogue?.spec),
    ...(task.retries && { retries: task.retries }),
    ...(backoff && { backoff }),
  };
}

/** Keeps the parts of a catalogue param's declaration that the run needs. */
function toParam(param: RevisionTaskParam, declared: CatalogueTask['params'][number] | undefined): RevisionTaskParam {
  if (!declared) return param;
  const { name: _name, defaultValue: _defaultValue, ...rules } = declared;
  return {
    ...param,
    ...(declared.type === 'password' && { type: declared.type }),
    ...(tokensIn(param.value).length > 0 && { declared: rules }),
  };
}

function resultsOf(task: WorkflowTaskDefinition, catalogue: CatalogueTask | undefined) {
  const own = ownResults.has(typeOf(task) ?? '') || !catalogue ? (task.results ?? []) : [];
  const names = new Set(own.map(({ name }) => name));
  return [...own, ...(catalogue?.results ?? []).filter(({ name }) => !names.has(name))];
}

/**
 * Prepares a script for a shell: removes a byte order mark, and uses Unix line breaks. Happens before tokens are
 * substituted, so that values do not change.
 */
function unixLines(script: string | null): string | null {
  return script?.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n') ?? null;
}

/** The task's own spec; params of the reference's catalogue fill its open fields. */
function toSpec(
  task: WorkflowTaskDefinition,
  params: ReadonlyMap<string, Json>,
  catalogue: CatalogueTask['spec'] | undefined,
): RevisionTask['spec'] {
  const { spec } = task;
  const type = typeOf(task);
  const fills = isFilled(type);
  const script = fills || type === 'script' ? textOf(params.get('script')) : null;
  return {
    arguments: spec?.arguments ?? (fills ? linesOf(params.get('arguments')) : null) ?? catalogue?.arguments ?? null,
    command: spec?.command ?? (fills ? linesOf(params.get('command')) : null) ?? catalogue?.command ?? null,
    envs: ownEnvs(task, params.get('envs')) ?? catalogue?.envs ?? null,
    image: spec?.image ?? (fills ? textOf(params.get('image')) : null) ?? catalogue?.image ?? null,
    script: unixLines(spec?.script ?? script ?? catalogue?.script ?? null),
    workingDir: spec?.workingDir ?? catalogue?.workingDir ?? null,
  };
}

/** Types with params that fill the open fields of the spec. */
function isFilled(type: string | undefined): boolean {
  return type === 'custom' || type === 'template';
}

/** The task's own variables, from its spec or its param `envs`; null if it has none. */
export function ownEnvs(task: WorkflowTaskDefinition, param: Json | undefined): RevisionTask['spec']['envs'] {
  const given = task.spec?.envs?.map(({ name, value }) => ({ name, value: value ?? null }));
  return given ?? (isFilled(typeOf(task)) ? envsOf(param) : null);
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
