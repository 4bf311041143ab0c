import type { TaskDefinition, TektonTask } from '#libs/contracts';
import { annotationText, detailName } from './tekton-warnings';

/** Prefix of annotations for task fields that Tekton does not have. */
const prefix = 'boomerang.io/';
/** The annotation for the step's name, if it differs from the task's name. */
const stepKey = `${prefix}step`;
const inAnnotations = ['displayName', 'category', 'icon', 'type', 'status', 'verified', 'version'] as const;

/** Maps Tekton's param types to a workflow's, and back. */
function typeOf(type: string | null | undefined): 'string' | 'array' | 'object' {
  if (type === 'multiselect' || type === 'array') return 'array';
  return type === 'json' || type === 'object' ? 'object' : 'string';
}

export function toTekton(task: TaskDefinition): TektonTask {
  const { spec } = task;
  const { [stepKey]: givenStep, ...annotations } = task.annotations ?? {};
  const stepName = typeof givenStep === 'string' ? givenStep : undefined;
  const own = inAnnotations.flatMap((field) => {
    const value = task[field];
    return value === null || value === undefined ? [] : [[prefix + field.toLowerCase(), value] as const];
  });
  const paramDetails = (spec?.params ?? []).map(
    ({ name, type, description: _description, default: _default, ...rest }) => ({
      name,
      ...(type && { type }),
      ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined)),
    }),
  );
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'Task',
    metadata: {
      name: task.name ?? '',
      labels: task.labels ?? {},
      annotations: {
        ...annotations,
        ...Object.fromEntries(own),
        ...(paramDetails.length > 0 && { [`${prefix}params`]: paramDetails }),
      },
    },
    spec: {
      ...(task.displayName && { displayName: task.displayName }),
      ...(task.description && { description: task.description }),
      params: (spec?.params ?? []).map(({ name, type, description, default: fallback, options }) => ({
        name,
        type: typeOf(type),
        ...(description && { description }),
        ...(fallback !== undefined && fallback !== null && { default: fallback }),
        ...(type === 'select' && options && options.length > 0 && { enum: options.map(({ key }) => key) }),
      })),
      results: (spec?.results ?? []).map(({ name, description }) => ({
        name,
        type: 'string' as const,
        ...(description && { description }),
      })),
      steps: [
        {
          name: stepName ?? task.name ?? '',
          ...(spec?.image && { image: spec.image }),
          ...(spec?.script && { script: spec.script }),
          ...(spec?.workingDir && { workingDir: spec.workingDir }),
          ...(spec?.command && { command: spec.command }),
          ...(spec?.arguments && { args: spec.arguments }),
          ...(spec?.envs && { env: spec.envs.map(({ name, value }) => ({ name, value: value ?? '' })) }),
        },
      ],
    },
  };
}

export function fromTekton({ metadata, spec }: TektonTask): TaskDefinition {
  const annotations = { ...metadata.annotations };
  const take = (field: string): unknown => {
    const value = annotations[prefix + field];
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- what has a field of its own is not kept twice
    delete annotations[prefix + field];
    return value;
  };
  const text = (field: string) => annotationText(take(field)) ?? undefined;
  const details = take('params');
  const detailOf = (name: string): Readonly<Record<string, unknown>> => {
    const found: unknown = Array.isArray(details) ? details.find((each) => detailName(each) === name) : undefined;
    // Older versions of the reference write key instead of name, and defaultValue instead of default.
    const { key: _key, defaultValue, ...rest } = (found ?? {}) as Readonly<Record<string, unknown>>;
    return { ...(defaultValue !== undefined && { default: defaultValue }), ...rest };
  };
  const [step] = spec.steps;
  const [displayName, category, icon, type, status] = [
    text('displayname'),
    text('category'),
    text('icon'),
    text('type'),
    text('status'),
  ];
  for (const field of ['verified', 'version']) take(field);
  const given = (spec as { readonly displayName?: unknown }).displayName;
  const shownAs = displayName ?? (typeof given === 'string' ? given : undefined);
  if (step?.name && step.name !== metadata.name) annotations[stepKey] = step.name;
  return {
    name: metadata.name,
    ...(shownAs && { displayName: shownAs }),
    ...(category !== undefined && { category }),
    ...(icon !== undefined && { icon }),
    type: (type ?? 'template') as NonNullable<TaskDefinition['type']>,
    ...(status !== undefined && { status: status as 'active' | 'inactive' }),
    labels: metadata.labels ?? {},
    annotations,
    ...(spec.description && { description: spec.description }),
    spec: {
      params: (spec.params ?? []).map((param) => ({
        type: { string: 'text', array: 'array', object: 'json' }[param.type ?? impliedType(param)],
        ...optionsOf(param),
        ...detailOf(param.name),
        name: param.name,
        ...(param.description && { description: param.description }),
        ...(param.default !== undefined && { default: param.default }),
      })),
      results: (spec.results ?? []).map(({ name, description }) => ({ name, ...(description && { description }) })),
      ...(step?.image && { image: step.image }),
      ...(step?.script && { script: step.script }),
      ...(step?.workingDir && { workingDir: step.workingDir }),
      ...(step?.command && { command: step.command }),
      ...(step?.args && { arguments: step.args }),
      ...(step?.env && {
        // Drops a variable with its value in another place: an empty value would hide that it is missing.
        envs: step.env.flatMap(({ name, value, valueFrom }) =>
          valueFrom && !value ? [] : [{ name, value: value ?? '' }],
        ),
      }),
    },
  };
}

/** Tekton's type for a param without a type. */
function impliedType(param: Readonly<Record<string, unknown>>): 'string' | 'array' | 'object' {
  const { default: fallback, properties } = param;
  if (Array.isArray(fallback)) return 'array';
  const isObject = [fallback, properties].some((each) => each !== null && typeof each === 'object');
  return isObject ? 'object' : 'string';
}

/** Tekton's `enum` gives the options. */
function optionsOf(param: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { enum: choices } = param;
  if (!Array.isArray(choices) || choices.length === 0) return {};
  return { type: 'select', options: choices.map((key: unknown) => ({ key, value: key })) };
}
