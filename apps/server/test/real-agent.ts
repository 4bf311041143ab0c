import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '#libs/observability';
import { Agent } from '../../agent/src/agent';
import { adminToken, type TestServer } from './harness';

/** Our own agent, connected to a test server over loopback, in its own folder. */
export class RealAgent {
  private constructor(
    private readonly agent: Agent,
    private readonly working: Promise<void>,
    readonly folder: string,
  ) {}

  static async start(server: TestServer): Promise<RealAgent> {
    await server.server.app.listen(0, '127.0.0.1');
    const { port } = server.server.app.getHttpServer().address() as { port: number };
    const folder = mkdtempSync(join(tmpdir(), 'runledger-agent-'));
    const config = {
      url: `http://127.0.0.1:${port}`,
      token: adminToken,
      name: 'spec',
      concurrency: 4,
      workDir: join(folder, 'work'),
      drainSeconds: 5,
      patienceSeconds: 3600,
      logLevel: 'silent',
      endsWithParent: false,
    };
    const agent = new Agent(config, createLogger('silent'));
    return new RealAgent(agent, agent.run(), folder);
  }

  async stop(): Promise<void> {
    await this.agent.drain();
    await this.working;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
