import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const demoToken = 'bfg_demo-demo-demo-demo-demo';

export interface DemoServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The built server with its own agent and PostgreSQL, in a folder that is removed when it stops. */
export async function startDemoServer(port: string): Promise<DemoServer> {
  const folder = mkdtempSync(join(tmpdir(), 'runledger-demo-'));
  const program = join(__dirname, '../../server/src/main.js');
  const server = spawn(process.execPath, [program, '--no-demo'], {
    env: {
      ...process.env,
      PORT: port,
      RUNLEDGER_DATA_DIR: folder,
      RUNLEDGER_ADMIN_TOKEN: demoToken,
      RUNLEDGER_LOG_LEVEL: 'error',
      DATABASE_URL: '',
      NO_COLOR: '1',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    server.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /listens on (http:\/\/[\w.:[\]]+)/.exec(text);
      if (found?.[1] !== undefined && text.includes('Ready.')) resolve(found[1]);
    });
    server.once('exit', (code) => reject(new Error(`The server ended with ${code}: ${text}`)));
  });
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, stop };
}
