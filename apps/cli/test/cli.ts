import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const root = join(__dirname, '../../..');
export const entry = join(root, 'dist/bin/runledger.js');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The settings of a shell that has none of ours. */
function environment(settings: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: process.env['HOME'], TERM: 'xterm', ...settings };
}

export function start(program: string, args: readonly string[], settings: NodeJS.ProcessEnv): ChildProcess {
  return spawn(program, args, { env: environment(settings), stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Waits for the end of a program. */
export function ended(child: ChildProcess): Promise<Ended> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

/** Runs `runledger` with these arguments. */
export function runledger(args: readonly string[], settings: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return ended(start(process.execPath, [entry, ...args], settings));
}

/** Whether this machine has the program that makes a terminal (util-linux). */
export const hasTerminal = spawnSync('script', ['--version']).status === 0;

/** The same on a terminal, where everything comes in one stream. */
export function onTerminal(args: readonly string[], settings: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const command = [process.execPath, entry, ...args].map((word) => `'${word}'`).join(' ');
  return ended(start('script', ['-qec', command, '/dev/null'], settings));
}
