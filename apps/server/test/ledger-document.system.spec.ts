import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyChain } from '#libs/ledger';
import { blocksOf } from './document';
import { simpleWorkflow, TestServer } from './harness';

/** Texts that a line format, a shell or JSON could misread. */
const traps = [
  'back\\slash \\n \\\\',
  'line\nbreak\r\ttab',
  '"quotes" \'and\' `ticks` $HOME',
  'sep\u2028ara\u2029tors',
  '💥 ü',
];

describe('docs/ledger.md', () => {
  let server: TestServer;
  let folder: string;
  let whole: string[];

  const run = (program: string, args: readonly string[]) => {
    const env = {
      ...process.env,
      DATABASE_URL: server.database.url,
      PATH: `${process.env['PATH'] ?? ''}:${join(folder, 'bin')}`,
    };
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8', env });
    return { status, stdout, stderr };
  };
  const verify = (lines: readonly string[]) => {
    writeFileSync(join(folder, 'events.jsonl'), lines.map((line) => line + '\n').join(''));
    return run(process.execPath, ['verify.js']);
  };

  beforeAll(async () => {
    server = await TestServer.start();
    folder = mkdtempSync(join(tmpdir(), 'runledger-document-'));
    mkdirSync(join(folder, 'bin'));
    // Prefers the machine's own psql.
    symlinkSync(join(__dirname, 'psql-stand-in.cjs'), join(folder, 'bin/psql'));
    await server.createTeam('audited');
    const params = traps.map((value, index) => ({ name: `p${index}`, type: 'text', default: value }));
    await server.saveWorkflow('audited', simpleWorkflow('w', { params }));
    for (let runs = 0; runs < 3; runs++) expect((await server.submit('audited', 'w')).status).toBe(200);
    const [exporting] = blocksOf('docs/ledger.md', 'sh');
    const [verifier] = blocksOf('docs/ledger.md', 'js');
    expect(exporting?.trim().split('\n')).toHaveLength(1);
    writeFileSync(join(folder, 'verify.js'), verifier ?? '');
    expect(run('bash', ['-c', exporting ?? ''])).toMatchObject({ status: 0, stderr: '' });
    whole = readFileSync(join(folder, 'events.jsonl'), 'utf8').trimEnd().split('\n');
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server.stop({ tampered: null });
  });

  it('exports and verifies, as it stands there, what the server itself calls intact', async () => {
    const verdict = await verifyChain(server.pool);
    if (!verdict.intact) throw new Error(verdict.problem);
    expect(whole).toHaveLength(verdict.position + 1);
    expect(verify(whole)).toEqual({ status: 0, stdout: `intact ${verdict.position} ${verdict.hash}\n`, stderr: '' });
  });

  it.each<[string, (lines: string[]) => string[], RegExp]>([
    ['a tail that is cut off', (lines) => lines.slice(0, -2), /The head is position \d+, and the events end at \d+/],
    ['an event that is missing', (lines) => lines.toSpliced(5, 1), /Position 5 is missing/],
    [
      'an event that was changed',
      (lines) => lines.with(6, (lines[6] ?? '').replace('"v" : ', '"v" : 1')),
      /breaks at position 6/,
    ],
    ['a line that was cut', (lines) => [...lines.slice(0, -1), (lines.at(-1) ?? '').slice(0, -1)], /JSON/],
    ['an empty export', () => [], /The export is not whole/],
    ['a head alone', (lines) => lines.slice(0, 1), /the events end at 0/],
  ])('finds %s', (_name, harm, message) => {
    const { status, stdout, stderr } = verify(harm(whole));
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
  });

  it('prints plans that were changed, and those that are missing', async () => {
    const [, checking] = blocksOf('docs/ledger.md', 'sh');
    const check = () => run('bash', ['-c', checking ?? '']);
    expect(check()).toEqual({ status: 0, stdout: '', stderr: '' });
    await server.pool.query('alter table plan disable trigger all; alter table plan drop constraint plan_hash');
    await server.pool.query(`update plan set body = replace(body, 'true', 'false')`);
    expect(check().stdout).toMatch(/^changed [0-9a-f]{64}\n$/);
    await server.pool.query('delete from plan');
    expect(check().stdout).toMatch(/^missing [0-9a-f]{64}\n$/);
  });
});
