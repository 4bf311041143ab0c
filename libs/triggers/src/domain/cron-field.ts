import { CronError } from './cron-error';

/** A field of an expression: its name and its range. */
export interface FieldKind {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names for the numbers from `firstNamed` on; upper and lower case are equal. */
  readonly names?: readonly string[];
  readonly firstNamed?: number;
  /** Whether a range may wrap around the end, as in Quartz: FRI-MON. */
  readonly wraps: boolean;
}

/** `*`, a value or a range, and a step. */
const item = /^(?:(\*)|([0-9A-Za-z]+)(?:-([0-9A-Za-z]+))?)(?:\/(\d{1,4}))?$/;

/**
 * The values that one item of a field means, such as `5`, `1-5`, `0/15` or `*` + `/2`.
 * @throws CronError
 */
export function valuesOfItem(text: string, kind: FieldKind): number[] {
  const match = item.exec(text);
  if (!match) throw new CronError(`${kind.name} ${shown(text)} is not a number, a range, a list or a step`);
  const [, star, first, last, step] = match;
  const by = step === undefined ? 1 : Number(step);
  if (by < 1) throw new CronError(`${kind.name} ${shown(text)} has a step of ${step}: it must be at least 1`);
  const from = star === undefined ? valueOf(first ?? '', text, kind) : kind.min;
  const isOpen = star !== undefined || (last === undefined && step !== undefined);
  const to = isOpen ? kind.max : last === undefined ? from : valueOf(last, text, kind);
  if (to < from && !kind.wraps) throw new CronError(`${kind.name} ${shown(text)} is a range from high to low`);
  const span = kind.max - kind.min + 1;
  const values: number[] = [];
  for (let value = from; value <= (to < from ? to + span : to); value += by)
    values.push(value > kind.max ? value - span : value);
  return values;
}

function valueOf(text: string, whole: string, { name, min, max, names = [], firstNamed = 0 }: FieldKind): number {
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return named + firstNamed;
  if (!/^\d{1,4}$/.test(text))
    throw new CronError(`${name} ${shown(whole)} contains ${shown(text)}, which is not a number`);
  const value = Number(text);
  if (value < min || value > max) throw new CronError(`${name} ${shown(whole)} must be from ${min} to ${max}`);
  return value;
}

/**
 * All values of a field without special days, ascending.
 * @throws CronError
 */
export function valuesOfField(text: string, kind: FieldKind): readonly number[] {
  const values = new Set(text.split(',').flatMap((each) => valuesOfItem(each, kind)));
  return [...values].sort((one, other) => one - other);
}

export function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
