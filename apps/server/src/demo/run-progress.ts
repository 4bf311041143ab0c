import type { TaskRunBody, WorkflowRunBody } from '#libs/contracts';
import { type Paint, statusStyle } from '#libs/terminal';

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

/** Shows the progress of a run, one line per change: log lines may come in between, so it never redraws. */
export class RunProgress {
  private readonly seen = new Map<string, string>();

  constructor(
    private readonly out: NodeJS.WriteStream,
    title: string,
    id: string,
    private readonly paint: Paint,
  ) {
    this.out.write(`\n${paint('bold', title)}, run ${id}\n`);
  }

  show(run: WorkflowRunBody): void {
    const tasks = (run.tasks ?? []).filter(({ type }) => type !== 'start' && type !== 'end');
    for (const task of tasks) {
      const state = `${task.status}/${task.phase}`;
      const before = this.seen.get(task.id);
      this.seen.set(task.id, state);
      const isNews = before !== state && before !== undefined && task.status !== 'ready';
      if (isNews) this.out.write(this.line(task) + '\n');
    }
  }

  end(run: WorkflowRunBody, output: ReadonlyMap<string, string>): void {
    this.out.write('\n');
    for (const [name, text] of output) {
      for (const line of text.trimEnd().split('\n'))
        this.out.write(`  ${this.paint('dim', `${name.padEnd(15)} │`)} ${line}\n`);
    }
    const results = run.results.map(({ name, value }) => `${name} = ${JSON.stringify(value)}`).join(', ');
    this.out.write(
      `\nThe run ${this.paint(statusStyle(run.status) ?? 'bold', run.status)} after ${run.duration} ms${results ? `; ${results}` : ''}.\n`,
    );
    if (run.statusMessage) this.out.write(`${run.statusMessage}\n`);
  }

  private line(task: TaskRunBody): string {
    const took = task.duration > 0 ? `${task.duration} ms` : '';
    const text =
      `  ${marks[task.status] ?? '?'} ${task.name.padEnd(15)} ${task.type.padEnd(14)} ${task.status.padEnd(11)} ${took}`.trimEnd();
    const style = statusStyle(task.status);
    return style === undefined ? text : this.paint(style, text);
  }
}
