import { cpus, totalmem } from 'node:os';
import { median } from './figures';
import type { Sample } from './meter';

/** One line of the table that a benchmark prints. */
export interface Row {
  readonly workload: string;
  readonly figure: string;
  /** How it compares to the floor, or to the workload that it is measured against. */
  readonly ratio?: string;
  readonly target?: string;
  readonly samples?: readonly Sample[];
  /** The load comes from within the process that is measured. */
  readonly isInside?: boolean;
}

const columns = ['workload', 'figure', 'ratio', 'target', 'µs Node', 'µs PostgreSQL', 'load generator'] as const;

export const perSecond = (samples: readonly Sample[]): string => `${count(median(samples.map(({ rate }) => rate)))}/s`;

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function ofTheFloor(ratio: number): string {
  return `${ratio.toFixed(ratio < 0.1 ? 3 : 2)} of the floor`;
}

/** The row of the floor itself. */
export function floorRow(clients: number, by: string, samples: readonly Sample[]): Row {
  const workload = `floor: one-row inserts, ${clients} ${clients === 1 ? 'client' : 'clients'} (${by})`;
  return { workload, figure: perSecond(samples), samples, isInside: true };
}

function cellsOf({ workload, figure, ratio = '', target = '', samples = [], isInside = false }: Row): string[] {
  const middle = (pick: (sample: Sample) => number, show: (value: number) => string): string => {
    const value = median(samples.map(pick));
    return Number.isFinite(value) ? show(value) : '';
  };
  return [
    workload,
    figure,
    ratio,
    target,
    middle(({ nodeMicros }) => nodeMicros, count),
    middle(({ postgresMicros }) => postgresMicros, count),
    isInside ? '' : middle(({ loadShare }) => loadShare, percentOfCore),
  ];
}

function percentOfCore(share: number): string {
  return `${Math.round(share * 100)} % of a core`;
}

/** A table as people and Markdown read it. */
export function tableOf(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const all = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const lineOf = (cells: readonly string[], filler = ' '): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width, filler)).join(' | ')} |`;
  return [lineOf(head), lineOf([], '-'), ...lines.map((cells) => lineOf(cells))].join('\n');
}

/** Medians of all rounds, with the machine that they were taken on. */
export function printReport(rows: readonly Row[]): void {
  printMachine();
  console.log(`\n${tableOf(columns, rows.map(cellsOf))}\n`);
}

export function printMachine(): void {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const machine = `${cpus().length} × ${cpu?.model ?? 'CPU'}, ${memory} GiB, Node ${process.version}`;
  console.log(`\n${machine}; fsync and synchronous_commit on`);
}
