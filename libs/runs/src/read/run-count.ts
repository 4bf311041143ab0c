import type { Conditions } from '#libs/database';

/** In counters of labels and of lengths: the sum over all workflows. */
export const allWorkflows = '00000000-0000-0000-0000-000000000000';

/** Milliseconds. */
export const day = 86_400_000;

/** Runs of one status, in a range of dates or in one workflow. */
export interface RunCount {
  /** The range of creation dates: milliseconds since the epoch, or infinite. The end is not part of it. */
  readonly from: number;
  readonly to: number;
  /** Where they are counted by workflow; else null. */
  readonly workflow: string | null;
  /** `any` where statuses were not looked at. */
  readonly status: string;
  readonly runs: number;
}

/** Beside the status. */
export type CountedBy = 'day' | 'workflow';

/** A row of counters: the part is a day or the id of a workflow. */
export interface CounterRow {
  readonly part: string;
  readonly status: string;
  readonly runs: string;
}

export function ofCounter({ part, status, runs }: CounterRow, by: CountedBy): RunCount {
  const counted = { status, runs: Number(runs) };
  if (by === 'workflow') return { from: -Infinity, to: Infinity, workflow: part, ...counted };
  const from = Date.parse(part);
  return { from, to: from + day, workflow: null, ...counted };
}

/** Limits counters to whole days, which begin at these times. */
export function addDays(conditions: Conditions, from?: number, to?: number): void {
  if (from !== undefined) conditions.add('day >= ?::date', isoDay(from));
  if (to !== undefined) conditions.add('day < ?::date', isoDay(to));
}

function isoDay(milliseconds: number): string {
  const edge = Math.min(Math.max(milliseconds, Date.UTC(1970, 0, 1)), Date.UTC(9998, 0, 1));
  return new Date(edge).toISOString().slice(0, 10);
}
