import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { ClaimedTask, TaskOutcome } from '../protocol';
import { claimFileIn } from '../work-folder';
import { gracePeriod, signal as sendSignal } from './end-leftovers';
import { findDescendants } from './process-tree';
import { substitute, textOf, variableOf } from './substitute';

/** Bytes of one result that are reported. */
const maxResult = 64 * 1024;

/** One task as a process of this machine: a group of its own, a folder of its own, results from one file each. */
export class LocalProcess {
  private child: ChildProcess | null = null;
  private killed = false;
  private tail = '';
  private folder: string | null = null;

  constructor(
    private readonly task: ClaimedTask,
    private readonly workDir: string,
    private readonly onOutput: (chunk: Buffer) => void,
  ) {}

  /** Runs it to its end. Never throws for what the task does; a task that cannot be run is `invalid`. */
  async run(): Promise<TaskOutcome> {
    this.folder = await mkdtemp(join(this.workDir, `${this.task.id}-`));
    try {
      // Before anything runs: should the agent be killed, the next one finds by it what is to be ended.
      await writeFile(claimFileIn(this.folder), this.mark);
      const results = join(this.folder, 'results');
      await mkdir(results);
      const home = join(this.folder, 'work');
      await mkdir(home);
      const command = await this.commandLine(results);
      if (!command) {
        return {
          status: 'invalid',
          statusMessage: 'There is nothing to execute: give the task a script or a command.',
          results: [],
        };
      }
      if (this.killed) return { status: 'failed', statusMessage: 'The task was stopped before it began.', results: [] };
      const ended = await this.execute(command, home, results);
      return { ...ended, results: await this.readResults(results) };
    } finally {
      await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  /** Asks the whole process group to end, and a second later makes it. */
  kill(): void {
    this.killed = true;
    this.signal('SIGTERM');
    setTimeout(() => this.signal('SIGKILL'), gracePeriod).unref();
  }

  /** At once: the agent itself is ending. */
  killNow(): void {
    this.killed = true;
    this.signal('SIGKILL');
  }

  /** `everybody`: also those who have left the group, which takes a look at every process of the machine. */
  private signal(name: NodeJS.Signals, everybody = true): void {
    if (this.child?.pid === undefined) return;
    for (const id of [-this.child.pid, ...(everybody ? findDescendants([this.mark]) : [])]) sendSignal(id, name);
  }

  /** In the environment of all that the task begins; another try of the same task has another. */
  private get mark(): string {
    return `RUNLEDGER_TASK_CLAIM=${this.task.id}/${this.task.fence}`;
  }

  private async commandLine(results: string): Promise<string[] | null> {
    const { spec } = this.task;
    const resultPath = (name: string) => join(results, name);
    const fill = (text: string) => substitute(text, resultPath);
    const given = (spec.arguments ?? []).map(fill);
    const script = spec.script ?? scriptParam(this.task);
    if (script !== null && this.folder !== null) {
      const file = join(this.folder, 'script');
      await writeFile(file, fill(script.startsWith('#!') ? script : `#!/bin/sh\n${script}`), { mode: 0o700 });
      return [file, ...given];
    }
    const command = (spec.command ?? []).map(fill);
    return command.length > 0 ? [...command, ...given] : null;
  }

  private execute(
    [file = '', ...args]: readonly string[],
    home: string,
    results: string,
  ): Promise<Omit<TaskOutcome, 'results'>> {
    const { workingDir } = this.task.spec;
    const cwd = workingDir === null ? home : isAbsolute(workingDir) ? workingDir : join(home, workingDir);
    return new Promise((resolve) => {
      let child: ChildProcess;
      try {
        child = spawn(file, args, {
          cwd,
          env: this.environment(home, results),
          detached: true,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
      } catch (error) {
        resolve({ status: 'failed', statusMessage: `The process could not be started: ${(error as Error).message}` });
        return;
      }
      this.child = child;
      child.stdout?.on('data', (chunk: Buffer) => this.onOutput(chunk));
      child.stderr?.on('data', (chunk: Buffer) => {
        this.tail = (this.tail + chunk.toString('utf8')).slice(-500);
        this.onOutput(chunk);
      });
      child.once('error', (error) =>
        resolve({ status: 'failed', statusMessage: `The process could not be started: ${error.message}` }),
      );
      // A grandchild may keep the pipes open for ever: what it prints after the task's own process ended is not waited for.
      child.once('exit', () =>
        setTimeout(() => [child.stdout, child.stderr].forEach((pipe) => pipe?.destroy()), 500).unref(),
      );
      child.once('close', (code, signal) => {
        this.signal('SIGKILL', this.killed);
        resolve(this.outcomeOf(code, signal));
      });
    });
  }

  private outcomeOf(code: number | null, signal: NodeJS.Signals | null): Omit<TaskOutcome, 'results'> {
    if (code === 0) return { status: 'succeeded' };
    const how = this.killed
      ? 'The task was stopped.'
      : signal
        ? `Ended by ${signal}.`
        : `Exited with code ${code ?? 'unknown'}.`;
    return {
      status: 'failed',
      statusMessage: `${how} ${this.tail.trim().toWellFormed().replaceAll('\u0000', '')}`.trim(),
    };
  }

  /** Nothing of the agent's own environment but what programs cannot do without; never its token. */
  private environment(home: string, results: string): NodeJS.ProcessEnv {
    const { params, spec } = this.task;
    const resultPath = (name: string) => join(results, name);
    const environment: NodeJS.ProcessEnv = {
      PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
      LANG: process.env['LANG'] ?? 'C.UTF-8',
      HOME: home,
      TMPDIR: home,
      RESULTS_DIR: results,
      RUNLEDGER_TASK_CLAIM: `${this.task.id}/${this.task.fence}`,
      RUNLEDGER_TASK_RUN_ID: this.task.id,
      RUNLEDGER_WORKFLOW_RUN_ID: this.task.workflowRunRef,
    };
    for (const { name, value } of params) {
      const text = textOf(value);
      // Larger ones cannot be handed to a process; they are still there by substitution.
      if (text.length < 100_000 && !text.includes('\u0000')) environment[variableOf(name)] = text;
    }
    for (const { name, value } of spec.envs ?? []) {
      if (name !== '' && !name.includes('=') && !name.includes('\u0000'))
        environment[name] = substitute(value ?? '', resultPath);
    }
    return environment;
  }

  /** A declared result whose file was not written is not reported. */
  private async readResults(folder: string): Promise<{ name: string; value: string }[]> {
    const found: { name: string; value: string }[] = [];
    for (const { name } of this.task.results) {
      if (/[/\\]|^\.\.?$/.test(name)) continue;
      try {
        const file = await open(join(folder, name), 'r');
        try {
          const { bytesRead, buffer } = await file.read(Buffer.alloc(maxResult), 0, maxResult, 0);
          found.push({ name, value: buffer.toString('utf8', 0, bytesRead).toWellFormed().replaceAll('\u0000', '') });
        } finally {
          await file.close();
        }
      } catch {
        // Not written.
      }
    }
    return found;
  }
}

function scriptParam(task: ClaimedTask): string | null {
  const value = task.params.find(({ name }) => name === 'script')?.value;
  return typeof value === 'string' && value !== '' ? value : null;
}
