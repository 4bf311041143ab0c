import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { adminToken, simpleWorkflow, TestServer } from './harness';

const run = promisify(execFile);
const root = join(__dirname, '../../..');

/** A newcomer's code: it submits with params, declares a default, queries runs, and reads an error. */
const program = `
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.js';

const [baseUrl = '', token = ''] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl, headers: { Authorization: \`Bearer \${token}\` } });
const team = 'generated';

type Param = components['schemas']['AbstractParam'];
const colour: Param = { name: 'colour', type: 'text', default: 'blue' };
const saved = await client.PUT('/api/v2/team/{team}/workflow', {
  params: { path: { team } },
  body: {
    name: 'client',
    params: [colour, { name: 'many', type: 'json', default: { list: [1, null, 'x'] } }],
    tasks: [
      { name: 'start', type: 'start' },
      { name: 'end', type: 'end', dependencies: [{ taskRef: 'start' }] },
    ],
  },
});
const declared: unknown = saved.data?.params?.[1]?.default;

const submitted = await client.POST('/api/v2/team/{team}/workflow/{name}/submit', {
  params: {
    path: { team, name: 'client' },
    query: { start: true },
    header: { 'Idempotency-Key': 'once' },
  },
  body: { labels: { made: 'by=client,50%' }, params: [{ name: 'colour', value: 'red' }] },
});
if (!submitted.data) throw new Error(submitted.error.message);
const { id, params } = submitted.data;

const found = await client.GET('/api/v2/team/{team}/workflowrun/query', {
  params: { path: { team }, query: { labels: ['made=by=client,50%'], limit: 10, page: 0, order: 'ASC', statuses: ['succeeded'] } },
});
const refused = await client.GET('/api/v2/team/{team}/workflowrun/{workflowRunId}', {
  params: { path: { team, workflowRunId: 'nobody' } },
});
console.log(
  JSON.stringify({
    id,
    value: params.find(({ name }) => name === 'colour')?.value,
    declared,
    found: found.data?.content.map((each) => each.id),
    total: found.data?.totalElements,
    code: refused.error?.code,
  }),
);
`;

describe('a program with the generated client', () => {
  let server: TestServer;
  let folder: string;
  beforeAll(async () => {
    server = await TestServer.start();
    await server.createTeam('generated');
    await server.saveWorkflow('generated', simpleWorkflow('w'));
    mkdirSync(join(root, 'dist'), { recursive: true });
    folder = mkdtempSync(join(root, 'dist', 'generated-client-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  });

  it('compiles and runs', async () => {
    await server.server.app.listen(0, '127.0.0.1');
    const base = await server.server.app.getUrl();
    const node = (script: string, ...args: readonly string[]) =>
      run(process.execPath, [join(root, script), ...args], { cwd: folder }).catch((error: unknown) => {
        const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
        throw new Error(`${stdout}\n${stderr}`);
      });
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'openapi.json'), (await server.get('/api/openapi.json')).text);
    writeFileSync(join(folder, 'program.ts'), program);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          target: 'es2023',
          lib: ['es2023', 'dom'],
          module: 'nodenext',
          types: ['node'],
          skipLibCheck: true,
        },
        files: ['program.ts'],
      }),
    );
    await node('node_modules/openapi-typescript/bin/cli.js', 'openapi.json', '-o', 'schema.ts');
    await node('node_modules/typescript/bin/tsc', '-p', '.');
    const { stdout } = await run(process.execPath, ['program.js', base, adminToken], { cwd: folder });
    const answer = JSON.parse(stdout) as { readonly id: string };
    expect(answer).toEqual({
      id: answer.id,
      value: 'red',
      declared: { list: [1, null, 'x'] },
      found: [answer.id],
      total: 1,
      code: 1301,
    });
  });
});
