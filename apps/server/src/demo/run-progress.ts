import type { TaskRunBody, WorkflowRunBody } from '#libs/contracts';

const marks: Readonly<Record<string, string>> = {
  notstarted: '·',
  ready: '○',
  running: '▶',
  waiting: '…',
  succeeded: '✔',
  failed: '✘',
  invalid: '✘',
  skipped: '–',
  cancelled: '✘',
  timedout: '✘',
};

/** Shows a run as it goes: redrawn in place on a terminal, a line per change elsewhere. */
export class RunProgress {
  private readonly seen = new Map<string, string>();
  private drawn = 0;

  constructor(
    private readonly out: NodeJS.WriteStream,
    title: string,
    id: string,
  ) {
    this.out.write(`\n${title}, run ${id}\n`);
  }

  show(run: WorkflowRunBody): void {
    const tasks = (run.tasks ?? []).filter(({ type }) => type !== 'start' && type !== 'end');
    if (this.out.isTTY) this.redraw(run, tasks);
    else this.append(tasks);
  }

  end(run: WorkflowRunBody, output: ReadonlyMap<string, string>): void {
    this.out.write('\n');
    for (const [name, text] of output) {
      for (const line of text.trimEnd().split('\n')) this.out.write(`  ${name.padEnd(15)} │ ${line}\n`);
    }
    const results = run.results.map(({ name, value }) => `${name} = ${JSON.stringify(value)}`).join(', ');
    this.out.write(`\nThe run ${run.status} after ${run.duration} ms${results ? `; ${results}` : ''}.\n`);
    if (run.statusMessage) this.out.write(`${run.statusMessage}\n`);
  }

  private redraw(run: WorkflowRunBody, tasks: readonly TaskRunBody[]): void {
    if (this.drawn > 0) this.out.write(`\u001b[${this.drawn}A`);
    const lines = [`  ${run.status}/${run.phase}`, ...tasks.map(line)];
    for (const each of lines) this.out.write(`\u001b[2K${each}\n`);
    this.drawn = lines.length;
  }

  private append(tasks: readonly TaskRunBody[]): void {
    for (const task of tasks) {
      const state = `${task.status}/${task.phase}`;
      const before = this.seen.get(task.id);
      this.seen.set(task.id, state);
      if (before !== state && before !== undefined) this.out.write(line(task) + '\n');
    }
  }
}

function line(task: TaskRunBody): string {
  const took = task.duration > 0 ? `${task.duration} ms` : '';
  return `  ${marks[task.status] ?? '?'} ${task.name.padEnd(15)} ${task.type.padEnd(14)} ${task.status.padEnd(11)} ${took}`.trimEnd();
}
