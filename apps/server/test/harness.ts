import { createTestDatabase, type TestDatabase } from '#libs/testing';
import type { TracingSettings } from '#libs/tracing';
import type { SigningOptions } from '#libs/transparency';
import { createLogger, type Logger } from '#libs/observability';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Pool } from 'pg';
import { createServer, type Server } from '../src/create-server';
import { DeclaredAnswers } from './declared-answers';
import { expectEventsFit } from './event-checks';
import { expectViewsRebuilt } from './view-checks';

export const adminToken = 'bfg_00000000-0000-4000-8000-000000000000';

/** The key of every test server. */
export const secretKey = Buffer.alloc(32, 7);

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- specs look into bodies of every shape
  readonly body: any;
  readonly text: string;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A whole server on its own database, used through HTTP. */
export class TestServer {
  private constructor(
    readonly server: Server,
    readonly database: TestDatabase,
    readonly pool: Pool,
    private readonly ownsDatabase: boolean,
    private readonly declared: DeclaredAnswers,
  ) {}

  static async start(
    options: {
      database?: TestDatabase;
      leaseSeconds?: number;
      readWithin?: number;
      logger?: Logger;
      trustedProxies?: readonly string[];
      signing?: SigningOptions;
      site?: string | null;
      tracing?: TracingSettings;
    } = {},
  ): Promise<TestServer> {
    const database = options.database ?? (await createTestDatabase());
    const server = await createServer({
      databaseUrl: database.url,
      leaseSeconds: options.leaseSeconds ?? 60,
      ...(options.readWithin !== undefined && { readWithin: options.readWithin }),
      serverId: 'spec',
      roles: ['api', 'worker'],
      trustedProxies: options.trustedProxies ?? [],
      adminToken,
      secretKeys: { current: secretKey },
      ...(options.signing && { trail: { signing: options.signing } }),
      ...(options.tracing && { tracing: options.tracing }),
      site: options.site ?? null,
      logger: options.logger ?? createLogger(process.env['RUNLEDGER_TEST_LOG'] ?? 'silent'),
    });
    const pool = new Pool({ connectionString: database.ownerUrl, max: 2 });
    const { body: document } = await server.app.inject('/api/openapi.json');
    const declared = new DeclaredAnswers(JSON.parse(document) as OpenAPIObject);
    return new TestServer(server, database, pool, options.database === undefined, declared);
  }

  /** Checks what it leaves behind: a rebuild of its database equals the views. `tampered`: streams with rows that the test has changed; null: any of them, or the ledger. */
  async stop({ tampered = [] }: { readonly tampered?: readonly string[] | null } = {}): Promise<void> {
    await this.server.close();
    await expectEventsFit(this.pool);
    if (tampered) await expectViewsRebuilt(this.pool, tampered);
    await this.pool.end();
    if (this.ownsDatabase) await this.database.drop();
  }

  async request(
    method: string,
    url: string,
    { body, token = adminToken, headers }: RequestOptions = {},
  ): Promise<Answer> {
    const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const response = await this.server.app.inject({
      method: method as 'GET',
      url,
      headers: {
        ...(payload !== undefined && { 'content-type': 'application/json' }),
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(payload !== undefined && { payload }),
    });
    this.declared.check(method, url, response.statusCode);
    const isJson = /^application\/json(;|$)/.test(String(response.headers['content-type']));
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson && response.body !== '' ? (JSON.parse(response.body) as unknown) : undefined,
      text: response.body,
    };
  }

  get(url: string, options?: RequestOptions): Promise<Answer> {
    return this.request('GET', url, options);
  }

  put(url: string, options?: RequestOptions): Promise<Answer> {
    return this.request('PUT', url, options);
  }

  post(url: string, options?: RequestOptions): Promise<Answer> {
    return this.request('POST', url, options);
  }

  delete(url: string, options?: RequestOptions): Promise<Answer> {
    return this.request('DELETE', url, options);
  }

  async createTeam(name: string): Promise<void> {
    await this.post('/api/v2/team', { body: { name, displayName: name } });
  }

  async saveWorkflow(team: string, definition: unknown): Promise<Answer> {
    return this.put(`/api/v2/team/${team}/workflow`, { body: definition });
  }

  async submit(team: string, workflow: string, body: unknown = {}, start = true): Promise<Answer> {
    return this.post(`/api/v2/team/${team}/workflow/${workflow}/submit?start=${start}`, { body });
  }

  async registerAgent(taskTypes: readonly string[] = ['script'], token = adminToken): Promise<string> {
    const { text } = await this.post('/api/v1/agent/register', {
      body: { name: 'spec', host: 'spec', taskTypes },
      token,
    });
    return text;
  }

  /** Claims what is ready now, without waiting. */
  async claim(agentId: string, queue: 'tasks' | 'workflows' = 'tasks', limit = 100, wait = 0): Promise<Answer['body']> {
    const { body } = await this.get(`/api/v1/agent/${agentId}/${queue}?wait=${wait}&limit=${limit}`);
    return (body as unknown) ?? [];
  }

  async report(item: { id: string; fence: number }, action: string, body: unknown = {}): Promise<Answer> {
    return this.put(`/api/v1/taskrun/${item.id}/${action}`, {
      body,
      headers: { 'runledger-fence': String(item.fence) },
    });
  }
}

/** start → a → end, with a script. */
export function simpleWorkflow(name: string, extra: Record<string, unknown> = {}) {
  return {
    name,
    ...extra,
    tasks: [
      { name: 'start', type: 'start' },
      { name: 'a', type: 'script', spec: { script: 'true' }, dependencies: [{ taskRef: 'start' }] },
      { name: 'end', type: 'end', dependencies: [{ taskRef: 'a', executionCondition: 'success' }] },
    ],
  };
}
