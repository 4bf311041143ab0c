import { graphOf } from './graph';
import type { Json, ParameterLayers, RunParam, TaskRunSpec, TaskRunState, WorkflowRunState } from './types';

/** A param that cannot be resolved: it refers to itself, or too deep, or grows too large. */
export class ParameterError extends Error {}

/** References that may lead from one param to the next. */
const maxDepth = 10;
/** Characters that all values of one resolution may add up to. */
const maxSize = 4 * 1024 * 1024;

type Found = { readonly value: Json } | null;

/** Where tokens get their values from, innermost last. */
export interface ParameterScope {
  readonly global?: readonly RunParam[];
  readonly team?: readonly RunParam[];
  readonly workflow: readonly RunParam[];
  readonly task?: readonly RunParam[];
  readonly context: Readonly<Record<string, string>>;
  readonly result?: (task: string, name: string) => Found;
}

const token = /\$?\$\(([^()]+)\)/g;
const paramToken = /^(?:(global|team|workflow|context)\.)?params\.([^.]+)(?:\.(.+))?$/;
const resultToken = /^tasks\.([^.]+)\.results\.([^.]+)(?:\.(.+))?$/;

interface Layer {
  readonly name: string;
  readonly values: ReadonlyMap<string, Json>;
}

/**
 * Substitutes `$(…)` in values, not in text of JSON: quotes, newlines and backslashes come out as they went in. A token that is
 * alone in its string keeps the type of what it names. What names nothing is left as it is.
 */
export class ParameterResolver {
  /** From the outermost to the innermost; context wins over all. */
  private readonly layers: readonly Layer[];
  private readonly stack: { layer: string; name: string }[] = [];
  private size = 0;

  constructor(private readonly scope: ParameterScope) {
    const layer = (name: string, params: readonly RunParam[] = []): Layer => ({
      name,
      values: new Map(params.map((param) => [param.name, param.value])),
    });
    this.layers = [
      layer('global', scope.global),
      layer('team', scope.team),
      layer('workflow', scope.workflow),
      layer('task', scope.task),
      { name: 'context', values: new Map(Object.entries(scope.context)) },
    ];
  }

  /** Resolves the params of a layer; each knows its own name, so that one which names itself means the layer below. */
  params(layer: 'workflow' | 'task', params: readonly RunParam[]): readonly RunParam[] {
    return params.map((param) => {
      this.size = 0;
      return { ...param, value: this.within(layer, param.name, param.value) };
    });
  }

  value(value: Json): Json {
    if (typeof value === 'string') return this.text(value);
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map((each: Json) => this.value(each));
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, this.value(member)]));
  }

  /** The text with tokens replaced by the text of their values. */
  string(text: string): string {
    return text.replace(token, (whole: string, content: string) => {
      if (whole.startsWith('$$')) return this.isToken(content) ? whole.slice(1) : whole;
      const found = this.find(content);
      return found ? this.grown(toText(found.value)) : whole;
    });
  }

  private text(text: string): Json {
    const lone = /^\$\(([^()]+)\)$/.exec(text);
    if (lone?.[1] === undefined) return this.string(text);
    const found = this.find(lone[1]);
    if (!found) return text;
    this.grown(toText(found.value));
    return found.value;
  }

  private isToken(content: string): boolean {
    return paramToken.test(content) || resultToken.test(content);
  }

  private find(content: string): Found {
    const param = paramToken.exec(content);
    if (param) return follow(this.findParam(param[1], param[2] ?? ''), param[3]);
    const result = resultToken.exec(content);
    if (result) return follow(this.scope.result?.(result[1] ?? '', result[2] ?? '') ?? null, result[3]);
    return null;
  }

  private findParam(scope: string | undefined, name: string): Found {
    let passedSelf = false;
    for (const layer of this.layers.toReversed()) {
      if (scope !== undefined && layer.name !== scope) continue;
      const value = layer.values.get(name);
      if (value === undefined) continue;
      if (layer.name === 'context') return { value };
      if (this.stack.some((each) => each.layer === layer.name && each.name === name)) {
        passedSelf = true;
        continue;
      }
      return { value: this.within(layer.name, name, value) };
    }
    if (passedSelf) {
      throw new ParameterError(
        `Param ${name} refers to itself: ${[...this.stack.map((each) => each.name), name].join(' → ')}.`,
      );
    }
    return null;
  }

  private within(layer: string, name: string, value: Json): Json {
    if (this.stack.length >= maxDepth) {
      throw new ParameterError(`Param ${name} is more than ${maxDepth} references deep: shorten the chain.`);
    }
    this.stack.push({ layer, name });
    try {
      return this.value(value);
    } finally {
      this.stack.pop();
    }
  }

  private grown(text: string): string {
    this.size += text.length;
    if (this.size > maxSize) {
      throw new ParameterError(`Param ${this.stack[0]?.name ?? ''} grows beyond ${maxSize} characters.`);
    }
    return text;
  }
}

function toText(value: Json): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : JSON.stringify(value);
}

/** Follows a dotted path into an object or array. */
function follow(found: Found, path: string | undefined): Found {
  if (!found || path === undefined) return found;
  let value: Json = found.value;
  for (const key of path.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return null;
    value = (value as Readonly<Record<string, Json>>)[key] ?? null;
  }
  return { value };
}

/** What a run, and in it a task, may refer to. */
export function scopeOf(state: WorkflowRunState, task?: TaskRunState): ParameterScope {
  return {
    global: state.layers.global,
    team: state.layers.team,
    workflow: state.requestedParams,
    context: {
      'workflowrun-ref': state.id,
      'workflowrun-trigger': state.trigger,
      'workflowrun-initiator': state.initiator ?? '',
      'workflow-name': state.workflow.name,
      'workflow-displayname': state.workflow.displayName,
      'workflow-ref': state.workflow.id,
      'workflow-version': String(state.workflow.version),
      ...(task && { 'taskrun-ref': task.id, 'taskrun-name': task.name, 'taskrun-type': task.type }),
    },
    ...(task && {
      task: task.params,
      result: (name: string, result: string): Found => {
        const from = state.tasks[graphOf(state).names.get(name) ?? -1];
        const found = from?.phase === 'completed' ? from.results.find((each) => each.name === result) : undefined;
        return found ? { value: found.value } : null;
      },
    }),
  };
}

export function resolveSpec(spec: TaskRunSpec, resolver: ParameterResolver): TaskRunSpec {
  const text = (value: string | null) => (value === null ? null : resolver.string(value));
  return {
    arguments: spec.arguments?.map((each) => resolver.string(each)) ?? null,
    command: spec.command?.map((each) => resolver.string(each)) ?? null,
    envs: spec.envs?.map(({ name, value }) => ({ name, value: text(value) })) ?? null,
    image: text(spec.image),
    script: text(spec.script),
    workingDir: text(spec.workingDir),
  };
}

const anyParamToken = /\$\((?:(?:global|team|workflow|context)\.)?params\.([^.()]+)/g;

/**
 * Of the params of the installation and the team, those that the values refer to, and those that these refer to in turn: what a run
 * must remember of them.
 */
export function referencedLayers(layers: ParameterLayers, values: readonly unknown[]): ParameterLayers {
  if (layers.global.length === 0 && layers.team.length === 0) return { global: [], team: [] };
  const names = new Set<string>();
  const open: unknown[] = [...values];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') {
      for (const [, name = ''] of value.matchAll(anyParamToken)) {
        if (names.has(name)) continue;
        names.add(name);
        for (const param of [...layers.global, ...layers.team]) if (param.name === name) open.push(param.value);
      }
    } else if (value !== null && typeof value === 'object') {
      for (const member of Object.values(value)) open.push(member);
    }
  }
  const named = (params: readonly RunParam[]) => params.filter(({ name }) => names.has(name));
  return { global: named(layers.global), team: named(layers.team) };
}
