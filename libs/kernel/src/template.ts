/** The layers that a param token can name. */
export const layerNames = ['global', 'team', 'workflow', 'context'] as const;
export type LayerName = (typeof layerNames)[number];

/** The meaning of a `$(…)` in a definition. `path`: keys and indexes inside the value. `isList`: it ends with `[*]`. */
export type Token =
  | {
      readonly kind: 'param';
      readonly layer: LayerName | null;
      readonly name: string;
      readonly path: readonly string[];
      readonly isList: boolean;
    }
  | {
      readonly kind: 'result';
      readonly task: string;
      readonly name: string;
      readonly path: readonly string[];
      readonly isList: boolean;
    }
  /** `$(results.<name>.path)`: the file for a result of the task itself. Only the agent knows the path. */
  | { readonly kind: 'resultPath'; readonly name: string };

/** Plain text, or a token with its text. */
export type TemplatePart = string | { readonly source: string; readonly token: Token };

const candidate = /(\$?)\$\(([^()]+)\)/g;

/**
 * Splits a text of a definition into parts, in one pass. `$$(` before a token is plain text, with one `$` less.
 * Everything else, such as a shell's `$(date)`, is plain text. The work is linear in the length of the text.
 */
export function parseTemplate(text: string): readonly TemplatePart[] {
  if (!text.includes('$(')) return text === '' ? [] : [text];
  const parts: TemplatePart[] = [];
  let plain = '';
  let from = 0;
  for (const match of text.matchAll(candidate)) {
    const [whole, escape = '', content = ''] = match;
    const token = parseToken(content);
    if (!token) continue;
    plain += text.slice(from, match.index);
    from = match.index + whole.length;
    if (escape !== '') plain += whole.slice(1);
    else {
      if (plain !== '') parts.push(plain);
      plain = '';
      parts.push({ source: whole, token });
    }
  }
  plain += text.slice(from);
  if (plain !== '') parts.push(plain);
  return parts;
}

interface Step {
  readonly key: string;
  readonly form: 'name' | 'place' | 'all';
}

/** By far the most frequent form. */
const plainParam = /^params\.([^.[\]]+)$/;
const none: readonly string[] = [];
const head = /^(?:params|global|team|workflow|context|tasks?|results)(?=[.[])/;
const step = /\.([^.[\]]+)|\[(\d+)\]|\[(\*)\]|\['([^'\]]+)'\]|\["([^"\]]+)"\]/y;

/** The content between `$(` and `)`; null if it is not a token. Ignores white space around it. */
export function parseToken(content: string): Token | null {
  const text = content.trim();
  const [, plain] = plainParam.exec(text) ?? [];
  if (plain !== undefined) return { kind: 'param', layer: null, name: plain, path: none, isList: false };
  const [word] = head.exec(text) ?? [];
  if (word === undefined) return null;
  const steps = stepsOf(text, word.length);
  if (!steps) return null;
  if (word === 'params') return paramToken(null, steps);
  if (word === 'task' || word === 'tasks') return resultToken(steps);
  if (word === 'results') return resultPathToken(steps);
  const layer = layerNames.find((name) => name === word);
  const [params, ...rest] = steps;
  return layer && params?.form === 'name' && params.key === 'params' ? paramToken(layer, rest) : null;
}

/** `[*]` may only come last. */
function stepsOf(text: string, start: number): readonly Step[] | null {
  const steps: Step[] = [];
  step.lastIndex = start;
  while (step.lastIndex < text.length) {
    const [whole, dotted, place, all, single, double] = step.exec(text) ?? [];
    if (whole === undefined || steps.at(-1)?.form === 'all') return null;
    const form = place !== undefined ? 'place' : all !== undefined ? 'all' : 'name';
    steps.push({ key: dotted ?? place ?? all ?? single ?? double ?? '', form });
  }
  return steps;
}

function paramToken(layer: LayerName | null, [name, ...path]: readonly Step[]): Token | null {
  return name?.form === 'name' ? { kind: 'param', layer, name: name.key, ...pathOf(path) } : null;
}

function resultToken([task, results, name, ...path]: readonly Step[]): Token | null {
  const isResult = task?.form === 'name' && results?.key === 'results' && name?.form === 'name';
  return isResult ? { kind: 'result', task: task.key, name: name.key, ...pathOf(path) } : null;
}

function resultPathToken([name, path, ...more]: readonly Step[]): Token | null {
  const isPath = name?.form === 'name' && path?.form === 'name' && path.key === 'path' && more.length === 0;
  return isPath ? { kind: 'resultPath', name: name.key } : null;
}

function pathOf(steps: readonly Step[]): { path: readonly string[]; isList: boolean } {
  const isList = steps.at(-1)?.form === 'all';
  return { path: (isList ? steps.slice(0, -1) : steps).map(({ key }) => key), isList };
}

const nearly =
  /^\s*(?:(?:params?|parameters?|inputs|outputs|context|workspaces?|steps?|tasks?|results?|artifacts|credentials|global|team|workflow|system|finally)\s*[.[]|(?:params?|parameters?)\s*$)/i;

/** The syntax of version 3 of the reference. A shell's `${p:-x}` and `${p:1}` do not match. */
const olderToken = /\$\{p:\s*[A-Za-z][^{}]*\}/g;

/**
 * Texts that look like a token but are none, such as `$(workspaces.source.path)`, `$(Params.a)` or `${p:params.a}`:
 * they stay as they are.
 */
export function nearTokens(text: string): readonly string[] {
  const near = text.includes('$(')
    ? [...text.matchAll(candidate)].flatMap(([whole, escape, content = '']) =>
        escape === '' && nearly.test(content) && parseToken(content) === null ? [whole] : [],
      )
    : [];
  return text.includes('${p:') ? [...near, ...[...text.matchAll(olderToken)].map(([whole]) => whole)] : near;
}

/** Every text in a JSON value, without recursion. Keys of objects are no templates. */
export function textsIn(value: unknown): string[] {
  const texts: string[] = [];
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'string') texts.push(next);
    else if (next !== null && typeof next === 'object') for (const member of Object.values(next)) open.push(member);
  }
  return texts;
}

/** Every token in the texts of a JSON value. */
export function tokensIn(value: unknown): { readonly source: string; readonly token: Token }[] {
  return textsIn(value).flatMap((text) => parseTemplate(text).filter((part) => typeof part !== 'string'));
}
