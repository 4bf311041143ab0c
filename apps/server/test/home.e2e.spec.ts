import { createHash } from 'node:crypto';
import { programVersion } from '#libs/config';
import { TestServer } from './harness';

describe('the page at /', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());

  it('is for everybody, and says what this is, in which version', async () => {
    const { status, text, headers } = await server.get('/', { token: null });
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(text).toContain('<html lang="en">');
    expect(text).toContain(`version ${programVersion()}`);
    expect((await server.request('HEAD', '/', { token: null })).status).toBe(200);
  });

  it('links nothing that is not there', async () => {
    const { text } = await server.get('/', { token: null });
    const links = [...text.matchAll(/href="(\/[^"]*)"/g)].map(([, href]) => href ?? '');
    expect(links).toEqual(expect.arrayContaining(['/api/docs', '/api/openapi.json', '/health/live', '/health/ready']));
    for (const link of links) expect([link, (await server.get(link, { token: null })).status]).toEqual([link, 200]);
  });

  it('runs nothing, and its policy lets in its own style alone', async () => {
    const { text, headers } = await server.get('/', { token: null });
    const style = /<style>([^]*?)<\/style>/.exec(text)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(text).not.toMatch(/<script|\sstyle=|\son\w+=|https?:\/\/(?!www\.w3\.org)/);
  });
});
