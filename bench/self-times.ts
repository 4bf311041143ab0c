interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
}

/** What this module reads of a CPU profile of V8. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples?: readonly number[];
  readonly timeDeltas?: readonly number[];
}

export interface SelfTime {
  readonly name: string;
  readonly microseconds: number;
}

/** Names that V8 gives to time in which the thread had nothing to do. */
const idle = new Set(['(idle)', '(root)']);
/** The profiler's own time. */
const profiler = 'bench/profiler.js';

/** Time by function, and by the folder or package that the function belongs to; the most first. Idle time does not count. */
export function selfTimes(profile: CpuProfile): { readonly functions: SelfTime[]; readonly parts: SelfTime[] } {
  const { nodes, samples = [], timeDeltas = [] } = profile;
  const callers = callersOf(nodes);
  const functions = new Map<string, number>();
  const parts = new Map<string, number>();
  const names = new Map(nodes.map((node) => [node.id, namesOf(node.callFrame, callers.get(node.id))]));
  for (const [place, id] of samples.entries()) {
    const found = names.get(id);
    if (!found || idle.has(found.name) || found.part === profiler) continue;
    const microseconds = Math.max(0, timeDeltas[place] ?? 0);
    functions.set(found.name, (functions.get(found.name) ?? 0) + microseconds);
    parts.set(found.part, (parts.get(found.part) ?? 0) + microseconds);
  }
  return { functions: sorted(functions), parts: sorted(parts) };
}

function sorted(times: ReadonlyMap<string, number>): SelfTime[] {
  return [...times]
    .map(([name, microseconds]) => ({ name, microseconds }))
    .sort((a, b) => b.microseconds - a.microseconds);
}

/** Functions of Node and V8 say little without who called them: the nearest function of ours or of a package. */
function callersOf(nodes: readonly ProfileNode[]): ReadonlyMap<number, CallFrame> {
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)));
  const found = new Map<number, CallFrame>();
  for (const { id } of nodes) {
    let caller = parents.get(id);
    while (caller && !isOurs(caller.callFrame)) caller = parents.get(caller.id);
    if (caller) found.set(id, caller.callFrame);
  }
  return found;
}

function isOurs({ url }: CallFrame): boolean {
  return url !== '' && !url.startsWith('node:');
}

function namesOf(frame: CallFrame, caller: CallFrame | undefined): { readonly name: string; readonly part: string } {
  if (isOurs(frame)) return { name: placeOf(frame), part: partOf(frame) };
  const name = frame.functionName === '' ? '(unnamed)' : frame.functionName;
  return caller
    ? { name: `${name} for ${placeOf(caller)}`, part: partOf(caller) }
    : { name, part: name.startsWith('(') ? name : 'Node' };
}

/** The function with its file, from the project's or the package's folder on. */
function placeOf({ functionName, url, lineNumber }: CallFrame): string {
  return `${functionName === '' ? '(unnamed)' : functionName} ${shortened(url)}:${lineNumber + 1}`;
}

/** A folder of ours such as `libs/ledger`, or a package. */
function partOf({ url }: CallFrame): string {
  const [first = '', second = ''] = shortened(url).split('/');
  return /^(libs|apps|bench|@.*)$/.test(first) ? `${first}/${second}` : first;
}

function shortened(url: string): string {
  const place = Math.max(
    url.lastIndexOf('/node_modules/'),
    url.includes('/node_modules/') ? 0 : url.lastIndexOf('/dist/'),
  );
  return url
    .slice(place)
    .replace(/^\/(?:node_modules|dist)\//, '')
    .replace('/src/', '/');
}
