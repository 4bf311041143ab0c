import { fittedTo, jsonBytes, parseTemplate, type Token, writeSpecText } from '#libs/kernel';
import { followPath, isDeeperThan, parseExactly } from './follow-path';
import { beyond, parameterBounds, workOfToken } from './parameter-bounds';
import { ParameterError } from './parameter-error';
import type { ParameterScope } from './parameter-scope';
import type { Json, RunParam, TaskRunSpec } from './types';

interface LayerParam {
  readonly value: Json;
  readonly isTemplate: boolean;
  readonly isSecret: boolean;
}

/** Params by name, put in order when one is first asked for: most texts name none. */
class Layer {
  private params: ReadonlyMap<string, LayerParam> | null = null;

  constructor(
    readonly name: string,
    private readonly list: () => readonly RunParam[],
    private readonly isTemplate: (param: RunParam) => boolean = () => false,
  ) {}

  get(name: string): LayerParam | undefined {
    this.params ??= new Map(
      this.list().map((param) => [
        param.name,
        { value: param.value, isTemplate: this.isTemplate(param), isSecret: param.type === 'password' },
      ]),
    );
    return this.params.get(name);
  }
}

type ParamToken = Extract<Token, { kind: 'param' }>;

/** Text, or the path of a result of the task's own, with the token that stood for it. */
type Piece = string | { readonly result: string; readonly source: string };

/** A value that a token stands for. `height`: params in its chain of references. */
interface Found {
  readonly value: Json;
  readonly height: number;
  /** Where it came from a text of the definition: its parts, so that paths of results in it stay paths. */
  readonly pieces?: readonly Piece[];
}

/**
 * Puts values in the place of tokens, in the texts of a definition: in values, not in the text of JSON, so that quotes, newlines and
 * backslashes come out as they went in. A token that is alone in its text keeps the type of what it names. What was put in is never
 * looked at again. One resolver serves one task, or the params of one run: its bounds are for all of that.
 */
export class ParameterResolver {
  /** From the innermost to the outermost; context wins over all. */
  private readonly layers: readonly Layer[];
  private readonly known = new Map<string, Found>();
  /** Texts that a path goes into, as JSON. */
  private readonly parsed = new Map<string, Json>();
  private readonly stack: { readonly layer: Layer; readonly name: string; height: number }[] = [];
  private tokens = 0;
  private bytes = 0;
  private parsedBytes = 0;

  constructor(private readonly scope: ParameterScope) {
    this.layers = [
      new Layer('context', () => Object.entries(scope.context()).map(([name, value]) => ({ name, value }))),
      new Layer(
        'task',
        () => scope.task ?? [],
        () => true,
      ),
      new Layer(
        'workflow',
        () => scope.workflow,
        ({ isTemplate = false }) => isTemplate,
      ),
      new Layer('team', () => scope.team ?? []),
      new Layer('global', () => scope.global ?? []),
    ];
  }

  /** What has been done so far, as `run-work` counts it. */
  get work(): number {
    return this.tokens * workOfToken + this.parsedBytes;
  }

  /** The params of a layer, resolved. One that names itself means the layers below. */
  params(layerName: 'workflow' | 'task'): readonly RunParam[] {
    const layer = this.layers.find(({ name }) => name === layerName);
    const params = (layerName === 'task' ? this.scope.task : this.scope.workflow) ?? [];
    if (!layer) return params;
    if (params.length === 0) return params;
    return params.map(({ name, type }) => ({
      name,
      ...(type !== undefined && { type }),
      value: this.paramOf(layer, name)?.value ?? null,
    }));
  }

  /** A value of the definition. */
  value(value: Json, depth = 0): Json {
    if (typeof value === 'string') return this.text(value).value;
    if (value === null || typeof value !== 'object') return value;
    if (depth >= parameterBounds['value-depth']) throw beyond('value-depth', 'A value has too many levels');
    if (Array.isArray(value)) return value.map((each: Json) => this.value(each, depth + 1));
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, this.value(member, depth + 1)]));
  }

  /** A text of the definition, as plain text. */
  string(text: string): string {
    return plainText(this.piecesOf(text));
  }

  /** A text for an agent, which replaces the paths of results in it: see `readSpecText`. */
  specText(text: string): string {
    return writeSpecText(this.piecesOf(text));
  }

  /** Arguments for an agent: `[*]` of a list, alone in its text, gives one for each item. */
  specTexts(texts: readonly string[]): string[] {
    return texts.flatMap((text) => {
      const [part, ...more] = parseTemplate(text);
      const isLone = part !== undefined && typeof part !== 'string' && more.length === 0;
      if (!isLone || part.token.kind === 'resultPath' || !part.token.isList) return [this.specText(text)];
      const found = this.find(part.source, part.token);
      if (!found) return [this.specText(text)];
      this.spend(jsonBytes(found.value));
      if (found.value === null) return [];
      const items: readonly Json[] = Array.isArray(found.value) ? found.value : [found.value];
      return items.map((item) => writeSpecText([textOf(item)]));
    });
  }

  private text(text: string): { readonly value: Json; readonly pieces: readonly Piece[] | undefined } {
    const parts = parseTemplate(text);
    const [part] = parts;
    if (part !== undefined && typeof part !== 'string' && parts.length === 1 && part.token.kind !== 'resultPath') {
      const found = this.find(part.source, part.token);
      if (!found) return { value: text, pieces: undefined };
      this.spend(jsonBytes(found.value));
      return { value: found.value, pieces: found.pieces };
    }
    const pieces = this.piecesOf(text);
    return { value: plainText(pieces), pieces };
  }

  private piecesOf(text: string): readonly Piece[] {
    const pieces: Piece[] = [];
    let plain = '';
    const add = (piece: Piece) => {
      if (typeof piece === 'string') plain += piece;
      else {
        if (plain !== '') pieces.push(plain);
        plain = '';
        pieces.push(piece);
      }
    };
    for (const part of parseTemplate(text)) {
      if (typeof part === 'string') add(part);
      else if (part.token.kind === 'resultPath') add(this.resultPath(part.source, part.token.name));
      else {
        const found = this.find(part.source, part.token);
        // Before it is made to text: a value that is too large is not built.
        if (found) this.spend(jsonBytes(found.value));
        if (found?.pieces) for (const piece of found.pieces) add(piece);
        else add(found ? textOf(found.value) : part.source);
      }
    }
    if (plain !== '') pieces.push(plain);
    return pieces;
  }

  private resultPath(source: string, name: string): Piece {
    this.count();
    const { ownResults } = this.scope;
    if (ownResults && !(ownResults.some((each) => each.name === name) && !/[.()[\]]/.test(name))) {
      throw new ParameterError(`Token ${short(source)} names nothing: the task declares no result ${short(name)}.`);
    }
    return { result: name, source };
  }

  /** Null only where the scope is partial. */
  private find(source: string, token: Exclude<Token, { kind: 'resultPath' }>): Found | null {
    this.count();
    const found = token.kind === 'param' ? this.findParam(token) : this.findResult(token);
    if ('problem' in found) {
      if (this.scope.isPartial) return null;
      throw new ParameterError(`Token ${short(source)} names nothing: ${found.problem}.`);
    }
    if (token.path.length === 0 || ('isAbsent' in found && found.isAbsent)) return found;
    const followed = followPath(this.parsedOf(found.value), token.path);
    if (followed) return { ...followed, height: found.height };
    if (this.scope.isPartial) return null;
    throw new ParameterError(`Token ${short(source)} leads nowhere: ${short(token.name)} has nothing of that path.`);
  }

  /** What a text says where it is the text of JSON; each is read once, and counts. */
  private parsedOf(value: Json): Json {
    if (typeof value !== 'string') return value;
    const known = this.parsed.get(value);
    if (known !== undefined) return known;
    const bytes = jsonBytes(value);
    this.parsedBytes += bytes;
    this.spend(bytes);
    const parsed = parseExactly(value);
    if (isDeeperThan(parsed, parameterBounds['value-depth']))
      throw beyond('value-depth', 'A value has too many levels');
    this.parsed.set(value, parsed);
    return parsed;
  }

  private findResult({ task, name }: Extract<Token, { kind: 'result' }>) {
    const found = this.scope.result?.(task, name) ?? { problem: 'there are no results yet' };
    return 'problem' in found ? { problem: short(found.problem) } : { ...found, height: 0 };
  }

  private findParam({ layer: wanted, name }: ParamToken): Found | { readonly problem: string } {
    const self = this.stack.at(-1);
    const isSelf = wanted === null && self?.name === name;
    let passedSelf = false;
    for (const layer of this.layers) {
      if (wanted !== null && layer.name !== wanted) continue;
      if (isSelf && !passedSelf && layer.name !== 'context') {
        passedSelf = layer === self.layer;
        continue;
      }
      const found = this.paramOf(layer, name);
      if (found) return found;
    }
    if (passedSelf) throw this.circle(name);
    return { problem: `there is no ${wanted === null ? '' : `${wanted} `}param ${short(name)}` };
  }

  private paramOf(layer: Layer, name: string): Found | null {
    const param = layer.get(name);
    if (!param) return null;
    const key = `${layer.name} ${name}`;
    const found = this.known.get(key) ?? this.resolve(layer, name, param);
    this.known.set(key, found);
    const caller = this.stack.at(-1);
    if (caller) caller.height = Math.max(caller.height, found.height);
    if (this.stack.length + found.height > parameterBounds['reference-depth']) throw this.tooDeep(name);
    return found;
  }

  private resolve(layer: Layer, name: string, param: LayerParam): Found {
    if (!param.isTemplate) return { value: param.value, height: 1 };
    if (this.stack.some((each) => each.layer === layer && each.name === name)) throw this.circle(name);
    if (this.stack.length >= parameterBounds['reference-depth']) throw this.tooDeep(name);
    const frame = { layer, name, height: 0 };
    this.stack.push(frame);
    const { value } = param;
    const { value: resolved, pieces } =
      typeof value === 'string' ? this.text(value) : { value: this.value(value), pieces: undefined };
    this.stack.pop();
    if (param.isSecret) return { value: this.sealed(resolved), height: frame.height + 1 };
    return { value: resolved, height: frame.height + 1, ...(pieces && { pieces }) };
  }

  private sealed(value: Json): Json {
    const text = fittedTo('password', value);
    return typeof text === 'string' && text !== '' ? (this.scope.seal?.(text) ?? text) : value;
  }

  private circle(name: string): ParameterError {
    const chain = [...this.stack.map((each) => each.name), name].map(short).join(' → ');
    return new ParameterError(`Param ${short(name)} refers to itself: ${chain}.`);
  }

  private tooDeep(name: string): ParameterError {
    const what = `Param ${short(name)} lies at the end of too long a chain of references: shorten it`;
    return beyond('reference-depth', what);
  }

  private count(): void {
    this.tokens++;
    if (this.tokens > parameterBounds['substitution-tokens']) throw beyond('substitution-tokens', this.where('tokens'));
  }

  private spend(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > parameterBounds['substitution-bytes']) throw beyond('substitution-bytes', this.where('bytes'));
  }

  private where(what: string): string {
    const param = this.stack[0];
    return `Too many ${what} are put in the place of tokens${param ? `, in param ${short(param.name)} at last` : ''}`;
  }
}

function plainText(pieces: readonly Piece[]): string {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : piece.source)).join('');
}

function textOf(value: Json): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : JSON.stringify(value);
}

function short(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** The spec that an agent is given. Paths of results stay in what it replaces them in: script, command, arguments, environment. */
export function resolveSpec(spec: TaskRunSpec, resolver: ParameterResolver): TaskRunSpec {
  const text = (value: string | null) => (value === null ? null : resolver.string(value));
  const specText = (value: string | null) => (value === null ? null : resolver.specText(value));
  return {
    arguments: spec.arguments ? resolver.specTexts(spec.arguments) : null,
    command: spec.command ? resolver.specTexts(spec.command) : null,
    envs: spec.envs?.map(({ name, value }) => ({ name, value: specText(value) })) ?? null,
    image: text(spec.image),
    script: specText(spec.script),
    workingDir: text(spec.workingDir),
  };
}
