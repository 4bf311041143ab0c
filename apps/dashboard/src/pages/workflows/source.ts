import type { WorkflowDefinition } from '#libs/contracts';
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, stringify } from 'yaml';

export type Format = 'yaml' | 'json';

export const mediaTypeOf: Readonly<Record<Format, string>> = { yaml: 'application/yaml', json: 'application/json' };

export interface Problem {
  readonly text: string;
  /** From 1; null if it belongs to no line. */
  readonly line: number | null;
}

/** Fields that the server adds to what it answers. */
const added = ['id', 'version', 'creationDate', 'upgradesAvailable', 'changelog', 'warnings', 'unknownFields'] as const;

/** A definition as the server keeps it, without what it adds: saved again, it is the same. */
export function sourceOf(definition: WorkflowDefinition, format: Format): string {
  const { tasks, ...rest } = definition;
  const own = Object.fromEntries(Object.entries(rest).filter(([name]) => !added.some((each) => each === name)));
  const written = {
    ...own,
    ...(tasks && { tasks: tasks.map(({ upgradesAvailable: _available, unknownFields: _unknown, ...task }) => task) }),
  };
  return format === 'json' ? `${JSON.stringify(written, null, 2)}\n` : toYaml(written);
}

function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, blockQuote: 'literal' });
}

/** The same in the other format; null if the text cannot be read. Comments are lost. */
export function converted(text: string, to: Format): string | null {
  const parsed = parse(text);
  if (parsed.errors.length > 0) return null;
  const value: unknown = parsed.document.toJS();
  return to === 'json' ? `${JSON.stringify(value, null, 2)}\n` : toYaml(value);
}

interface Parsed {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly errors: readonly Problem[];
}

function parse(text: string): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, merge: true, prettyErrors: false });
  const errors = document.errors.map(({ message, pos: [at] }) => ({ text: message, line: lines.linePos(at).line }));
  return { document, lines, errors };
}

/** What keeps the text from being read at all. */
export function syntaxProblems(text: string, format: Format): readonly Problem[] {
  if (format === 'json') {
    try {
      JSON.parse(text);
      return [];
    } catch (error) {
      const { errors } = parse(text);
      const message = error instanceof Error ? error.message : 'This is not JSON.';
      const at = /position (\d+)/.exec(message)?.[1];
      const line = at === undefined ? (errors[0]?.line ?? null) : text.slice(0, Number(at)).split('\n').length;
      return [{ text: message, line }];
    }
  }
  return parse(text).errors;
}

/** Where one problem ends and the next begins in a refusal that names several. */
const nextProblem =
  /(?<=[.?!] )(?=(?:[a-z]\w*(?:\.[\w-]+)*(?: \([^)]*\))?|Task [^:]+): |There is no path|The definition|And \d+ more)/;

/** The problems that a refusal of the server names, each at the line that it is about. */
export function problemsIn(message: string, text: string): readonly Problem[] {
  const { document, lines } = parse(text);
  return message
    .replace(/^Invalid Workflow definition\. /, '')
    .split(nextProblem)
    .map((problem) => {
      const at = placeOf(problem, document);
      return { text: problem.trim(), line: at === null ? null : lines.linePos(at).line };
    });
}

/** The offset of what a problem is about. */
function placeOf(problem: string, document: Document): number | null {
  const path = /^([a-z]\w*(?:\.[\w-]+)*)(?: \([^)]*\))?: /.exec(problem)?.[1];
  if (path !== undefined) return deepest(document.contents, path.split('.'));
  const [, name, what = ''] = /^Task (.+?): (.*)$/s.exec(problem) ?? [];
  if (name === undefined) return null;
  const index = /^number (\d+)$/.exec(name)?.[1] ?? indexOfTask(document, name);
  if (index === null) return null;
  const task = ['tasks', index];
  const dependency = /^dependency (\S+)/.exec(what)?.[1];
  if (dependency !== undefined) {
    const found = indexIn(document.getIn(['tasks', Number(index), 'dependencies']), 'taskRef', dependency);
    if (found !== null) return deepest(document.contents, [...task, 'dependencies', `${found}`, 'taskRef']);
  }
  const field = /^(?:the )?([a-z]\w*)/i.exec(what)?.[1] ?? 'name';
  const hasField = document.hasIn(['tasks', Number(index), field]);
  return deepest(document.contents, [...task, hasField ? field : 'name']);
}

function indexOfTask(document: Document, name: string): string | null {
  const found = indexIn(document.get('tasks'), 'name', name);
  return found === null ? null : `${found}`;
}

function indexIn(list: unknown, key: string, value: string): number | null {
  if (!isSeq(list)) return null;
  const found = list.items.findIndex((item) => isMap(item) && String(item.get(key)) === value);
  return found < 0 ? null : found;
}

/** The offset of the last part of the path that there is. */
function deepest(root: Node | null, path: readonly string[]): number | null {
  let node: unknown = root;
  let at = root?.range?.[0] ?? null;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part);
      if (!pair) break;
      at = (pair.key as Node).range?.[0] ?? at;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(part)] as Node | undefined;
      if (!item) break;
      at = item.range?.[0] ?? at;
      node = item;
    } else break;
  }
  return at;
}

/** The name that the text gives the workflow. */
export function nameIn(text: string): string | null {
  const { document, errors } = parse(text);
  const name = errors.length === 0 && isMap(document.contents) ? document.get('name') : null;
  return typeof name === 'string' && name !== '' ? name : null;
}

export const blankSource = `name: my-workflow
displayName: My workflow
params:
  - name: greeting
    type: text
    default: Hello
tasks:
  - name: start
    type: start
  - name: greet
    type: script
    spec:
      script: |
        #!/bin/sh
        echo "$PARAM_GREETING"
    params:
      - name: greeting
        value: $(params.greeting)
    dependencies:
      - taskRef: start
  - name: end
    type: end
    dependencies:
      - taskRef: greet
        executionCondition: success
`;
