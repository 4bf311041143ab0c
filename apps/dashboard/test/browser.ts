import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { advisoryLocks } from '#libs/database';
import { adminToken, TestServer } from '../../server/test/harness';
import { RealAgent } from '../../server/test/real-agent';
import { Runs } from '../../server/test/workflows';

const root = join(__dirname, '../../..');

/** `CHROMIUM`, or Debian's; null if there is none. */
function chromiumPath(): string | null {
  return [process.env['CHROMIUM'], '/usr/bin/chromium'].find((path) => path !== undefined && existsSync(path)) ?? null;
}

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-quic',
  '--no-first-run',
  '--disable-component-update',
  '--disable-sync',
];

/** Builds the dashboard unless it is built from these sources. Returns its folder. */
export function builtSite(): string {
  execFileSync(process.execPath, [join(root, 'apps/dashboard/build.mjs')], { stdio: 'inherit', timeout: 240_000 });
  return join(root, 'dist/apps/dashboard/site');
}

/** Tests in a browser; without one they are skipped, and one line says so. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (chromiumPath() !== null) {
    describe(name, tests);
    return;
  }
  process.stderr.write(`Skipped "${name}": no Chromium at /usr/bin/chromium; CHROMIUM names another.\n`);
  describe.skip(name, tests);
}

/** A browser that looks at one server. */
export class Visitor {
  private constructor(
    private readonly browser: Browser,
    private readonly origin: string,
  ) {}

  static async launch(origin: string): Promise<Visitor> {
    const executablePath = chromiumPath() ?? '';
    return new Visitor(await chromium.launch({ executablePath, args, headless: true }), origin);
  }

  close(): Promise<void> {
    return this.browser.close();
  }

  /** A context of its own, without a session. It fails the test if the page breaks its own policy or has a fault. */
  async open(
    options: Parameters<Browser['newContext']>[0] = {},
  ): Promise<{ context: BrowserContext; page: Page; faults: string[] }> {
    const context = await this.browser.newContext({
      baseURL: this.origin,
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
      ...options,
    });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      // A refusal that the page shows is no fault of the page.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        faults.push(message.text());
    });
    return { context, page, faults };
  }

  /** The same, signed in. */
  async signedIn(token = adminToken, options: Parameters<Browser['newContext']>[0] = {}) {
    const opened = await this.open(options);
    await opened.page.goto('/sign-in');
    await opened.page.getByLabel('Access token').fill(token);
    await opened.page.getByRole('button', { name: 'Sign in' }).click();
    await opened.page.waitForURL(/\/team\//);
    return opened;
  }
}

/** The dashboard on a whole server with our agent and a team `alpha`, in a browser. */
export class Dashboard {
  private constructor(
    readonly server: TestServer,
    readonly runs: Runs,
    private readonly agent: RealAgent,
    private readonly visitor: Visitor,
  ) {}

  static async start(): Promise<Dashboard> {
    const server = await TestServer.start({ site: builtSite() });
    const agent = await RealAgent.start(server);
    await server.createTeam('alpha');
    const { port } = server.server.app.getHttpServer().address() as { port: number };
    return new Dashboard(server, new Runs(server, 'alpha'), agent, await Visitor.launch(`http://127.0.0.1:${port}`));
  }

  /** Nothing that happens later begins: retries, deadlines, steps of bulk jobs. */
  async whileNoTimerFires(work: () => Promise<void>): Promise<void> {
    const client = await this.server.pool.connect();
    try {
      await client.query('select pg_advisory_lock($1)', [advisoryLocks.timers]);
      await work();
    } finally {
      await client.query('select pg_advisory_unlock($1)', [advisoryLocks.timers]);
      client.release();
    }
  }

  async stop(): Promise<void> {
    await this.visitor.close();
    await this.agent.stop();
    await this.server.stop();
  }

  open(...options: Parameters<Visitor['open']>): ReturnType<Visitor['open']> {
    return this.visitor.open(...options);
  }

  signedIn(...options: Parameters<Visitor['signedIn']>): ReturnType<Visitor['signedIn']> {
    return this.visitor.signedIn(...options);
  }
}
