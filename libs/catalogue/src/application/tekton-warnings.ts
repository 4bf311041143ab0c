import type { TektonTask } from '#libs/contracts';
import { nearTokens, RefusedError, textsIn, tokensIn } from '#libs/kernel';

const maxShown = 50;

/** The fields of a Tekton Task that this server stores, by place. Warnings name all others. */
const kept = {
  task: ['apiVersion', 'kind', 'metadata', 'spec'],
  metadata: ['name', 'labels', 'annotations'],
  spec: ['params', 'displayName', 'description', 'steps', 'results'],
  param: ['name', 'type', 'description', 'default', 'enum'],
  result: ['name', 'type', 'description'],
  step: ['name', 'image', 'command', 'args', 'workingDir', 'env', 'script'],
  env: ['name', 'value'],
} as const;

/** What to do instead, by field name. */
const remedies: Readonly<Record<string, string>> = {
  namespace: 'the task belongs to the team that it is sent to',
  generateName: 'give it a name',
  stepTemplate: 'put its fields into the step',
  sidecars: 'nothing runs beside a task: start it in the script',
  workspaces: 'use params and results for what the task reads and writes',
  volumes: 'the task has only its own folder',
  volumeMounts: 'the task has only its own folder',
  volumeDevices: 'the task has only its own folder',
  valueFrom: 'use a param of the team or of the installation, such as $(team.params.<name>); a password is masked',
  envFrom: 'name each variable under env, with a param of the team such as $(team.params.<name>)',
  securityContext: 'the agent decides which user runs a task',
  computeResources: 'the agent decides what a task may use',
  resources: 'the agent decides what a task may use',
  imagePullPolicy: 'the agent decides when it pulls',
  onError:
    'a script that fails ends the task failed; catch it in the script, or let an edge of the workflow follow a failure',
  timeout: "set timeout (minutes) on the workflow's task",
  ref: 'copy the fields of the named step into this one',
  params: "a step has no params: use the task's",
  when: 'put a decision before the task in the workflow',
  stdoutConfig: 'write to the path of a result in the script',
  stderrConfig: 'write to the path of a result in the script',
  properties: 'the members of an object are not checked',
};

type Members = Readonly<Record<string, unknown>>;

/**
 * What the server does not store of a Tekton Task, or handles differently than Tekton: one sentence each, 50 at most.
 */
export function tektonWarnings(task: TektonTask): string[] {
  const { metadata, spec } = task;
  const [step] = spec.steps;
  const warnings = [
    ...dropped('', task, kept.task),
    ...dropped('metadata.', metadata, kept.metadata),
    ...dropped('spec.', spec, kept.spec),
    ...(spec.params ?? []).flatMap((param) => dropped(`spec.params.${param.name}.`, param, kept.param)),
    ...(spec.results ?? []).flatMap((result) => resultWarnings(result)),
    ...(step ? [...dropped('spec.steps.0.', step, kept.step), ...envWarnings(step.env ?? [])] : []),
    ...annotationWarnings(task),
    ...detailWarnings(task),
    ...tokenWarnings(task),
  ];
  const shown = [...new Set(warnings)];
  return shown.length <= maxShown ? shown : [...shown.slice(0, maxShown), `And ${shown.length - maxShown} more.`];
}

/**
 * A task has exactly one step: of several, the server cannot know which one to run.
 * @throws RefusedError TASK_INVALID_DEFINITION
 */
export function refuseManySteps(body: object): void {
  const { spec } = body as { readonly spec?: { readonly steps?: unknown } | null };
  const steps = spec?.steps;
  if (!Array.isArray(steps) || steps.length < 2) return;
  const names = steps.slice(0, 20).map((step: unknown, index) => detailName(step) ?? `number ${index}`);
  throw new RefusedError(
    'TASK_INVALID_DEFINITION',
    `Invalid Task definition. spec.steps: a task has one step, but there are ${steps.length}: ${names.join(', ')}. ` +
      'Make each step a task of the workflow, or join their scripts.',
  );
}

function dropped(where: string, members: Members, names: readonly string[]): string[] {
  return Object.entries(members).flatMap(([name, value]) => {
    if (names.includes(name) || isEmpty(value)) return [];
    // In results, a field with the same name may mean something else than in steps.
    const remedy = Object.hasOwn(remedies, name) ? `: ${remedies[name] ?? ''}` : '';
    return [`${where}${name} is not kept${remedy}.`];
  });
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function resultWarnings(result: Members & { readonly name: string }): string[] {
  const { type } = result;
  const isText = isEmpty(type) || type === 'string';
  const kind = isText
    ? []
    : [
        `spec.results.${result.name}.type ${String(type)} is not kept: a result is a text; a path into it reads the text as JSON.`,
      ];
  return [...kind, ...dropped(`spec.results.${result.name}.`, result, kept.result)];
}

function envWarnings(env: readonly (Members & { readonly name: string })[]): string[] {
  return env.flatMap((variable) =>
    dropped(`spec.steps.0.env.${variable.name}.`, variable, kept.env).map((warning) =>
      isEmpty(variable['value']) ? `${warning} The variable is dropped.` : warning,
    ),
  );
}

/** Fields of a task that its annotations hold as text. */
const textAnnotations = ['displayname', 'category', 'icon', 'type', 'status'].map((field) => `boomerang.io/${field}`);

function annotationWarnings({ metadata }: TektonTask): string[] {
  return textAnnotations.flatMap((name) => {
    const value = metadata.annotations?.[name];
    const isKept = isEmpty(value) || annotationText(value) !== null;
    return isKept ? [] : [`metadata.annotations.${name} is not kept: it must be a text.`];
  });
}

/** The text of an annotation; YAML may have read it as a number or boolean. Null for other values. */
export function annotationText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/** An annotation holds details of params. If the spec does not have the param, its details are lost. */
function detailWarnings({ metadata, spec }: TektonTask): string[] {
  const details = metadata.annotations?.['boomerang.io/params'];
  if (details === null || details === undefined) return [];
  if (!Array.isArray(details)) return ['metadata.annotations.boomerang.io/params is not kept: it must be a list.'];
  const names = new Set((spec.params ?? []).map(({ name }) => name));
  return details.flatMap((detail: unknown, index) => {
    const name = detailName(detail);
    return name !== null && names.has(name)
      ? []
      : [
          `metadata.annotations.boomerang.io/params.${index} is not kept: spec.params has no ${name ?? 'param of that name'}.`,
        ];
  });
}

/** A param's name in the annotation: `name`, or `key` in older versions of the reference. */
export function detailName(detail: unknown): string | null {
  if (detail === null || typeof detail !== 'object') return null;
  const { name, key } = detail as Members;
  const found = name ?? key;
  return typeof found === 'string' ? found : null;
}

function tokenWarnings({ spec }: TektonTask): string[] {
  const [step] = spec.steps;
  const texts = [
    step?.command,
    step?.args,
    step?.workingDir,
    step?.script,
    step?.image,
    step?.env?.map(({ value }) => value),
  ];
  const params = new Set((spec.params ?? []).map(({ name }) => name));
  const results = new Set((spec.results ?? []).map(({ name }) => name));
  const near = textsIn(texts)
    .flatMap(nearTokens)
    .map((source) => `spec.steps.0: ${short(source)} is not a token here: it stays as it is.`);
  const unknown = tokensIn(texts).flatMap(({ source, token }) => {
    if (token.kind === 'param' && token.layer === null && !params.has(token.name)) {
      return [
        `spec.steps.0: ${short(source)} names no param of the task: it takes the workflow's value for that name.`,
      ];
    }
    return token.kind === 'resultPath' && !results.has(token.name)
      ? [`spec.steps.0: ${short(source)} names no result of the task.`]
      : [];
  });
  return [...near, ...unknown];
}

function short(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
