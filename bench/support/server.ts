import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const adminToken = 'bfg_00000000-0000-4000-8000-000000000000';

export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  readonly child: ChildProcess;
}

export interface ServerSettings {
  /** The file that takes the server's log; standard error takes it if absent. */
  readonly logFile?: string;
  /** Flags of Node. */
  readonly flags?: readonly string[];
  /** Opens a channel for messages between this process and it. */
  readonly hasChannel?: boolean;
  /** Below `dist`: the server's own files in place of its bundle, where a profile is to tell them apart. */
  readonly program?: string;
}

/** The server, as it is run for real, in a process of its own on a loopback port. */
export function startServer(databaseUrl: string, settings: ServerSettings = {}): Promise<RunningServer> {
  return startProgram([settings.program ?? 'bin/server.js', '--no-demo', '--no-agent'], databaseUrl, settings);
}

/** A program of this project that says where it listens, and that it is ready. */
export async function startProgram(
  [file = '', ...args]: readonly string[],
  databaseUrl: string,
  { logFile, flags = [], hasChannel = false }: ServerSettings,
): Promise<RunningServer> {
  const log = logFile === undefined ? 'inherit' : openSync(logFile, 'a');
  // What a server has signed belongs to its database: each gets a folder of its own.
  const dataDir = mkdtempSync(join(tmpdir(), 'runledger-bench-'));
  const child = spawn(process.execPath, [...flags, join(__dirname, '../..', file), ...args], {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      HOST: '127.0.0.1',
      PORT: '0',
      RUNLEDGER_DATA_DIR: dataDir,
      RUNLEDGER_ADMIN_TOKEN: adminToken,
      RUNLEDGER_SECRET_KEY: '00'.repeat(32),
    },
    stdio: ['ignore', 'pipe', log, ...(hasChannel ? (['ipc'] as const) : [])],
  });
  child.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /listens on (http:\S+)/.exec(text);
      if (found?.[1] && text.includes('Ready.')) resolve(found[1]);
    });
    child.once('exit', () => {
      const lines = logFile === undefined ? '' : readFileSync(logFile, 'utf8').slice(-4000);
      reject(new Error(`The server ended: ${text}${lines}`));
    });
  });
  return { url, pid: child.pid ?? 0, child };
}

export async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
