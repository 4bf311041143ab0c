import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { programFolder } from '#libs/config';

export interface LocalAgentOptions {
  readonly url: string;
  readonly token: string;
  readonly workDir: string;
  readonly logLevel: string;
}

/**
 * The agent beside the server: a separate process that uses HTTP like any other agent. It ends when its standard input
 * ends.
 */
export class LocalAgent {
  private readonly child: ChildProcess;

  constructor({ url, token, workDir, logLevel }: LocalAgentOptions) {
    const entry = join(programFolder(), 'dist/bin/agent.js');
    if (!existsSync(entry)) throw new Error('The agent is not built: run npm run build');
    this.child = spawn(process.execPath, [entry], {
      stdio: ['pipe', 'ignore', 'inherit'],
      // A Ctrl-C at the terminal must reach only the server, which then stops the agent.
      detached: true,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        TMPDIR: process.env['TMPDIR'],
        LANG: process.env['LANG'],
        RUNLEDGER_URL: url,
        // Through standard input, because tasks can read the environment.
        RUNLEDGER_TOKEN_FILE: '-',
        RUNLEDGER_AGENT_NAME: 'local-agent',
        RUNLEDGER_AGENT_WORKDIR: workDir,
        RUNLEDGER_AGENT_PARENT: '1',
        ...ownTracing(process.env),
        RUNLEDGER_LOG_LEVEL: logLevel === 'info' ? 'warn' : logLevel,
      },
    });
    // It may have ended already: its exit handler reports that.
    this.child.stdin?.on('error', () => undefined);
    this.child.stdin?.write(`${token}\n`);
  }

  /** Lets running tasks end, within the agent's own time limit. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
  }
}

/** The agent sends its spans to where the server sends them, under its own name. */
function ownTracing(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => name.startsWith('OTEL_') && name !== 'OTEL_SERVICE_NAME'),
  );
}
