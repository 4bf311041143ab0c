import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dashboardSite } from '../src/dashboard/dashboard-site';
import { TestServer } from './harness';

const page = '<!doctype html><title>The page</title>';

describe('the dashboard’s files', () => {
  let server: TestServer;
  let site: string;
  beforeAll(async () => {
    site = mkdtempSync(join(tmpdir(), 'runledger-site-'));
    mkdirSync(join(site, 'assets'));
    writeFileSync(join(site, 'index.html'), page);
    writeFileSync(join(site, 'secret.txt'), 'not served');
    writeFileSync(join(site, 'assets/index-1a2b.js'), 'export {};');
    server = await TestServer.start({ site });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(site, { recursive: true, force: true });
  });

  it('are for everybody: the page itself, at every address under which it shows itself', async () => {
    for (const path of ['/', '/sign-in', '/team/alpha/runs', '/team/alpha/runs/1?view=graph', '/installation/tokens']) {
      const { status, text, headers } = await server.get(path, { token: null });
      expect([path, status, headers['content-type'], text]).toEqual([path, 200, 'text/html; charset=utf-8', page]);
      expect(headers['cache-control']).toBe('no-cache');
      expect((await server.request('HEAD', path, { token: null })).status).toBe(200);
    }
  });

  it('run and load only what comes from this server, and in no frame', async () => {
    const policy = String((await server.get('/', { token: null })).headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|http:/);
  });

  it('stay with the browser for a year, because their names change with their contents', async () => {
    const { status, text, headers } = await server.get('/assets/index-1a2b.js', { token: null });
    expect([status, text]).toEqual([200, 'export {};']);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['content-type']).toMatch(/^application\/javascript/);
  });

  it('are these alone: everything else is answered as by the API', async () => {
    for (const path of [
      '/assets/none.js',
      '/assets/../secret.txt',
      '/assets/%2e%2e/secret.txt',
      '/secret.txt',
      '/api/v2/none',
      '/nothing',
    ]) {
      const { status, body } = await server.get(path, { token: null });
      expect([path, status, body?.reason]).toEqual([path, 404, 'NOT_FOUND']);
    }
    expect((await server.post('/team/alpha/runs', { token: null })).status).toBe(405);
  });
});

describe('a dashboard that is not built', () => {
  it('is no reason not to start: the page says what to do', async () => {
    const server = await TestServer.start({ site: dashboardSite(join(tmpdir(), 'runledger-no-such-folder')) });
    const { status, text } = await server.get('/', { token: null });
    expect(status).toBe(200);
    expect(text).toContain('The dashboard is not built');
    expect((await server.get('/assets/x.js', { token: null })).status).toBe(404);
    await server.stop();
  });
});
