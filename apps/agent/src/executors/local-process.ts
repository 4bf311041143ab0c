import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClaimedTask, TaskOutcome } from '../protocol';
import { claimFileIn } from '../work-folder';
import { gracePeriod, signal as sendSignal } from './end-leftovers';
import { markedText } from './marked-text';
import { findDescendants } from './process-tree';
import { isFileName, readResults } from './result-files';
import { readScript } from './script-text';
import { substitute } from './substitute';
import { environmentOf, refuseLarge, shellLines, type TaskEnvironment } from './task-environment';
import { TaskProblem } from './task-problem';

/** How many of the last bytes of a task's standard error to report: the server masks them, and then shows the end. */
const maxTail = 8192;

/** How often to retry a script that another process has open, 20 ms apart. */
const maxBusy = 250;

type Outcome = Omit<TaskOutcome, 'results'>;

interface CommandLine {
  readonly file: string;
  readonly args: readonly string[];
  /** The program in the script's `#!`. */
  readonly interpreter: string | null;
}

/** One task as a local process, with its own process group, its own folder, and one file for each result. */
export class LocalProcess {
  private child: ChildProcess | null = null;
  private killed = false;
  private tail: Buffer = Buffer.alloc(0);
  private folder: string | null = null;

  constructor(
    private readonly task: ClaimedTask,
    private readonly workDir: string,
    private readonly onOutput: (chunk: Buffer) => void,
    private readonly traceparent: string | undefined = task.traceparent,
  ) {}

  /** Runs it to its end. Never throws because of the task; a task that cannot run is `invalid`. */
  async run(): Promise<TaskOutcome> {
    this.folder = await mkdtemp(join(await realpath(this.workDir), `${this.task.id}-`));
    try {
      // Before anything runs: if the agent is killed, the next one finds by it what it must stop.
      await writeFile(claimFileIn(this.folder), this.mark);
      const results = join(this.folder, 'results');
      await mkdir(results);
      // All tries of a task use the same folder for temporary files.
      await mkdir(this.temporary, { recursive: true });
      const home = join(this.folder, 'work');
      await mkdir(home);
      const names = this.task.results.map(({ name }) => name);
      const wrong = names.find((name) => !isFileName(name));
      if (wrong !== undefined) throw new TaskProblem('invalid', `Result ${wrong} cannot be the name of a file.`);
      const environment = environmentOf(this.task, (text) => substitute(text, (name) => join(results, name)));
      const command = await this.commandLine(results, environment);
      const cwd = await workingDirectory(this.task.spec.workingDir, home);
      if (this.killed) return { status: 'failed', statusMessage: 'The task was stopped before it began.', results: [] };
      const ended = await this.execute(command, cwd, { ...this.ownVariables(home, results), ...environment.variables });
      const { results: found, problems } = await readResults(results, names);
      if (problems.length === 0) return { ...ended, results: found };
      const statusMessage = [ended.statusMessage ?? '', ...problems].join(' ').trim();
      return { status: 'failed', statusMessage, results: found };
    } catch (error) {
      if (!(error instanceof TaskProblem)) throw error;
      return { status: error.status, statusMessage: error.message, results: [] };
    } finally {
      await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  /** Sends SIGTERM to the whole process group, and SIGKILL a second later. */
  kill(): void {
    this.killed = true;
    this.signal('SIGTERM');
    setTimeout(() => this.signal('SIGKILL'), gracePeriod).unref();
  }

  /** Kills it at once, because the agent itself is ending. */
  killNow(): void {
    this.killed = true;
    this.signal('SIGKILL');
  }

  /** `everybody`: also processes that left the group; this checks every process of the machine. */
  private signal(name: NodeJS.Signals, everybody = true): void {
    if (this.child?.pid === undefined) return;
    for (const id of [-this.child.pid, ...(everybody ? findDescendants([this.mark]) : [])]) sendSignal(id, name);
  }

  private get temporary(): string {
    return join(this.workDir, 'tmp');
  }

  /** In the environment of all processes of the task; each try has another. */
  private get mark(): string {
    return `RUNLEDGER_TASK_CLAIM=${this.task.id}/${this.task.fence}`;
  }

  /** @throws TaskProblem if there is nothing to execute, or the task needs something that it cannot get. */
  private async commandLine(results: string, { large }: TaskEnvironment): Promise<CommandLine> {
    const { spec } = this.task;
    const fill = (text: string) => substitute(text, (name) => join(results, name));
    const given = (spec.arguments ?? []).map(fill);
    const script = spec.script ?? scriptParam(this.task);
    if (script !== null && this.folder !== null) {
      const { shebang, body, isShell } = readScript(fill(script));
      let before = '';
      if (large.length > 0 && isShell) {
        const file = join(this.folder, 'variables');
        await writeFile(file, shellLines(large), { mode: 0o600 });
        before = `. '${file.replaceAll("'", `'\\''`)}'; `;
      } else refuseLarge(large, (name) => body.includes(name.startsWith('PARAM_') ? 'PARAM_' : name));
      const file = join(this.folder, 'script');
      await writeFile(file, `${shebang}\n${before}${body}`, { mode: 0o700 });
      return { file, args: given, interpreter: shebang };
    }
    const [file, ...args] = (spec.command ?? []).map(fill);
    if (file === undefined) {
      throw new TaskProblem('invalid', 'There is nothing to execute: give the task a script or a command.');
    }
    refuseLarge(large, () => true);
    return { file, args: [...args, ...given], interpreter: null };
  }

  /**
   * When another task forks, its process has our script open for writing until it executes its own program. Until then
   * the system refuses to execute the script (ETXTBSY), so retry.
   */
  private async execute(command: CommandLine, cwd: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
    for (let attempt = 0; attempt < maxBusy && !this.killed; attempt++) {
      const outcome = await this.executeOnce(command, cwd, env);
      if (outcome !== 'busy') return outcome;
      await sleep(20);
    }
    const why = this.killed
      ? 'The task was stopped.'
      : 'The process could not be started: another process has its script open.';
    return { status: 'failed', statusMessage: why };
  }

  private executeOnce(
    { file, args, interpreter }: CommandLine,
    cwd: string,
    env: NodeJS.ProcessEnv,
  ): Promise<Outcome | 'busy'> {
    const notStarted = (error: unknown): Outcome | 'busy' => {
      const problem = error as NodeJS.ErrnoException;
      if (problem.code === 'ETXTBSY') return 'busy';
      const reason = reasonOf(problem, file, interpreter);
      return { status: 'failed', statusMessage: `The process could not be started: ${reason}.` };
    };
    return new Promise((resolve) => {
      let child: ChildProcess;
      try {
        child = spawn(file, args, {
          cwd,
          env,
          detached: true,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
      } catch (error) {
        resolve(notStarted(error));
        return;
      }
      this.child = child;
      child.stdout?.on('data', (chunk: Buffer) => this.onOutput(chunk));
      child.stderr?.on('data', (chunk: Buffer) => {
        this.tail = Buffer.concat([this.tail, chunk]).subarray(-maxTail);
        this.onOutput(chunk);
      });
      child.once('error', (error) => resolve(notStarted(error)));
      // A grandchild may keep the pipes open for ever: after the task's own process ends, do not wait for more output.
      child.once('exit', () =>
        setTimeout(() => [child.stdout, child.stderr].forEach((pipe) => pipe?.destroy()), 500).unref(),
      );
      child.once('close', (code, signal) => {
        this.signal('SIGKILL', this.killed);
        resolve(this.outcomeOf(code, signal));
      });
    });
  }

  private outcomeOf(code: number | null, signal: NodeJS.Signals | null): Outcome {
    if (code === 0) return { status: 'succeeded' };
    const how = this.killed
      ? 'The task was stopped.'
      : signal
        ? `Ended by ${signal}.`
        : `Exited with code ${code ?? 'unknown'}.`;
    return {
      status: 'failed',
      statusMessage: `${how} ${markedText(this.tail).trim()}`.trim(),
    };
  }

  /** Only the variables of the agent's environment that programs need; never its token. */
  private ownVariables(home: string, results: string): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
      LANG: process.env['LANG'] ?? 'C.UTF-8',
      HOME: home,
      TMPDIR: this.temporary,
      RESULTS_DIR: results,
      RUNLEDGER_TASK_CLAIM: `${this.task.id}/${this.task.fence}`,
      RUNLEDGER_TASK_RUN_ID: this.task.id,
      RUNLEDGER_WORKFLOW_RUN_ID: this.task.workflowRunRef,
      ...(this.traceparent !== undefined && { TRACEPARENT: this.traceparent }),
    };
  }
}

/** @throws TaskProblem if it does not exist. */
async function workingDirectory(given: string | null, home: string): Promise<string> {
  if (given === null || given === '') return home;
  const path = isAbsolute(given) ? given : join(home, given);
  try {
    if (!(await stat(path)).isDirectory())
      throw new TaskProblem('failed', `The working directory ${given} is not a directory.`);
  } catch (error) {
    if (error instanceof TaskProblem) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be used (${code ?? message})`;
    throw new TaskProblem('failed', `The working directory ${given} ${why} on the agent's machine.`);
  }
  return path;
}

function reasonOf({ code, message }: NodeJS.ErrnoException, file: string, interpreter: string | null): string {
  if (code === 'ENOENT') {
    return interpreter === null
      ? `${file} was not found (ENOENT)`
      : `the program in the script's first line does not exist: ${interpreter}`;
  }
  if (code === 'E2BIG')
    return 'its arguments have more bytes than the system allows (E2BIG; one may have at most 131071)';
  return message;
}

function scriptParam(task: ClaimedTask): string | null {
  const value = task.params.find(({ name }) => name === 'script')?.value;
  return typeof value === 'string' && value !== '' ? value : null;
}
