import type { Style } from './paint';

const styles: Readonly<Record<string, Style>> = {
  running: 'cyan',
  waiting: 'yellow',
  succeeded: 'green',
  failed: 'red',
  invalid: 'red',
  cancelled: 'red',
  timedout: 'red',
  notstarted: 'dim',
  ready: 'dim',
  skipped: 'dim',
};

/** The colour of the status of a run or a task, the same in every program. */
export function statusStyle(status: string): Style | undefined {
  return styles[status];
}
