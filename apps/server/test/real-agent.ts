import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '#libs/observability';
import { Agent } from '../../agent/src/agent';
import type { TracingSettings } from '#libs/tracing';
import { adminToken, TestServer } from './harness';
import { Runs } from './workflows';

/** Our own agent, connected to a test server over loopback, in its own folder. */
export class RealAgent {
  private constructor(
    private readonly agent: Agent,
    private readonly working: Promise<void>,
    readonly folder: string,
  ) {}

  static async start(server: TestServer, tracing: TracingSettings | null = null): Promise<RealAgent> {
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
      tracing,
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

/** A test server with our agent and a team `alpha`. */
export class TeamWithAgent {
  private constructor(
    readonly server: TestServer,
    readonly runs: Runs,
    private readonly agent: RealAgent,
  ) {}

  static async start(): Promise<TeamWithAgent> {
    const server = await TestServer.start();
    const agent = await RealAgent.start(server);
    await server.createTeam('alpha');
    return new TeamWithAgent(server, new Runs(server, 'alpha'), agent);
  }

  async stop(): Promise<void> {
    await this.agent.stop();
    await this.server.stop();
  }
}
