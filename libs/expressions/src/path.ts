import { maxPathSteps } from './bounds';
import { ExpressionError } from './expression-error';
import type { Work } from './work';

/** A name, an index (from the end if negative), or `*` for all. */
type Step = { readonly name: string } | { readonly index: number } | '*';

const nameOnly = /[\p{L}\p{N}_-]+/uy;
const bracket = /\[(?:(-?\d{1,9})|(\*)|'((?:[^'\\]|\\['\\])*)'|"((?:[^"\\]|\\["\\])*)")\]/y;

/** A path into a JSON value: `$.a.b`, `$['a b'][0]`, `$.items[*].name`; `a.b` is short for `$.a.b`. */
export class Path {
  private constructor(private readonly steps: readonly Step[]) {}

  /** @throws ExpressionError saying what a path may contain. */
  static parse(text: string): Path {
    const steps: Step[] = [];
    let at = text.startsWith('$') ? 1 : addName(text, 0, steps);
    while (at < text.length) {
      at = text[at] === '.' ? addName(text, at + 1, steps) : addBracket(text, at, steps);
      if (steps.length > maxPathSteps) throw new ExpressionError(`must have at most ${maxPathSteps} steps`);
    }
    return new Path(steps);
  }

  /** The values at the path; none if the path leads nowhere. */
  find(subject: unknown, work: Work): unknown[] {
    let found = [subject];
    for (const step of this.steps) {
      const next: unknown[] = [];
      for (const value of found) {
        work.visit(1);
        if (value === null || typeof value !== 'object') continue;
        if (step === '*') {
          const members = Array.isArray(value) ? (value as unknown[]) : Object.values(value);
          work.visit(members.length);
          for (const member of members) next.push(member);
        } else if ('index' in step) {
          if (!Array.isArray(value)) continue;
          const place = step.index < 0 ? value.length + step.index : step.index;
          if (place >= 0 && place < value.length) next.push((value as unknown[])[place]);
        } else if (!Array.isArray(value) && Object.hasOwn(value, step.name)) {
          next.push((value as Readonly<Record<string, unknown>>)[step.name]);
        }
      }
      found = next;
    }
    return found;
  }
}

function addName(text: string, at: number, steps: Step[]): number {
  nameOnly.lastIndex = at;
  const [name] = nameOnly.exec(text) ?? [];
  if (name === undefined) throw unknownStep();
  steps.push({ name });
  return at + name.length;
}

function addBracket(text: string, at: number, steps: Step[]): number {
  bracket.lastIndex = at;
  const match = bracket.exec(text);
  if (!match) throw unknownStep();
  const [whole, index, star, single, double] = match;
  if (index !== undefined) steps.push({ index: Number(index) });
  else if (star !== undefined) steps.push('*');
  else steps.push({ name: (single ?? double ?? '').replace(/\\(.)/g, '$1') });
  return at + whole.length;
}

function unknownStep(): ExpressionError {
  return new ExpressionError(
    "must be a JSONPath of names, ['names'], indexes and [*], such as $.action or $.labels[*].name; filters and .. are not supported",
  );
}
