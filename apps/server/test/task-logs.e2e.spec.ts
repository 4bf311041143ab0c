import { setTimeout as sleep } from 'node:timers/promises';
import { LogReaders } from '#libs/runs';
import { adminToken, TestServer } from './harness';
import { Runs, script, until, workflow } from './workflows';

interface Claimed {
  readonly id: string;
  readonly fence: number;
  readonly status: string;
}

/** What a streaming answer has brought so far, and whether it has ended. */
class Streamed {
  text = '';
  ended = false;
  private readonly hangUpper = new AbortController();

  static async from(url: string, token = adminToken): Promise<Streamed> {
    const streamed = new Streamed();
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      signal: streamed.hangUpper.signal,
    });
    expect(response.status).toBe(200);
    void streamed.read(response);
    return streamed;
  }

  hangUp(): void {
    this.hangUpper.abort();
  }

  private async read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) this.text += decoder.decode(chunk as Uint8Array, { stream: true });
    } catch {
      // The connection was cut.
    }
    this.ended = true;
  }
}

describe('the log of a task', () => {
  let server: TestServer;
  let runs: Runs;
  let agent: string;
  let url: string;
  let count = 0;

  beforeAll(async () => {
    server = await TestServer.start();
    await server.server.app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(server.server.app.getHttpServer().address() as { port: number }).port}`;
    await server.createTeam('alpha');
    runs = new Runs(server, 'alpha');
    agent = await server.registerAgent();
  });
  afterAll(() => server.stop());

  const begin = async (more: Record<string, unknown> = {}, extra: Record<string, unknown> = {}, body: unknown = {}) => {
    await runs.start(workflow(`log-${++count}`, [script('a', ['start'], more)], ['a'], extra), body);
    return claim();
  };
  const claim = async (): Promise<Claimed> => {
    const [item] = (await until(
      () => server.claim(agent),
      (items) => items.length > 0,
    )) as Claimed[];
    if (!item) throw new Error('Nothing was claimed');
    expect((await server.report(item, 'start')).status).toBe(200);
    return item;
  };
  const send = async ({ id, fence }: Claimed, offset: number, chunk: string | Buffer, status = 204): Promise<void> => {
    const response = await fetch(`${url}/api/v1/taskrun/${id}/log`, {
      method: 'POST',
      body: chunk as string,
      headers: {
        authorization: `Bearer ${adminToken}`,
        'content-type': 'text/plain',
        'runledger-fence': String(fence),
        'runledger-log-offset': String(offset),
      },
    });
    expect(response.status).toBe(status);
  };
  const read = async ({ id }: Claimed): Promise<Buffer> => {
    const headers = { authorization: `Bearer ${adminToken}` };
    return Buffer.from(await (await fetch(`${url}/api/v2/taskrun/${id}/log?follow=false`, { headers })).arrayBuffer());
  };
  const text = async (item: Claimed): Promise<string> => (await read(item)).toString();

  it('is whole, though chunks come again, overlap, or out of order', async () => {
    const item = await begin();
    for (const [offset, chunk] of [
      [0, 'abc'],
      [0, 'abcdef'],
      [6, 'ghi'],
      [4, 'efghij'],
      [20, 'uvw'],
      [8, 'ijklmnopqrstuvwxyz'],
    ] as const)
      await send(item, offset, chunk);
    expect(await text(item)).toBe('abcdefghijklmnopqrstuvwxyz');
    await Promise.all(Array.from({ length: 8 }, () => send(item, 26, '0123456789')));
    expect(await text(item)).toBe('abcdefghijklmnopqrstuvwxyz0123456789');
  });

  it('says where a piece never came', async () => {
    const item = await begin();
    await send(item, 0, 'abc');
    await send(item, 99, 'after\n');
    expect(await text(item)).toBe('abc\n[96 bytes of the output never came.]\nafter\n');
    await send(item, 3, Buffer.alloc(96, '.'));
    expect(await text(item)).toBe(`abc${'.'.repeat(96)}after\n`);
  });

  it('keeps every byte: a character that two chunks share, NUL, and what is no UTF-8', async () => {
    const item = await begin();
    const bytes = Buffer.concat([Buffer.from('x界😀\u0000y'), Buffer.from([0xff, 0xfe, 0x80]), Buffer.from('end')]);
    for (let at = 0; at < bytes.length; at += 2) await send(item, at, bytes.subarray(at, at + 2));
    expect(await read(item)).toEqual(bytes);
  });

  it('shows each try whole and in order, told apart by a line', async () => {
    const first = await begin({ retries: 2, backoff: 1 });
    await send(first, 0, 'first 1\nfirst 2');
    await server.report(first, 'end', { status: 'failed' });
    const second = await claim();
    expect(second.id).toBe(first.id);
    await send(second, 0, 'SECOND try, a longer line\n');
    await send(first, 15, 'late', 409);
    await server.report(second, 'end', { status: 'failed' });
    const third = await claim();
    await send(third, 0, 'third');
    await server.report(third, 'end');
    const line = '[A new try of the task begins here.]\n';
    expect(await text(third)).toBe(`first 1\nfirst 2\n${line}SECOND try, a longer line\n${line}third`);
  });

  it('is bounded by the bytes that are stored, whatever their offsets', async () => {
    const item = await begin();
    await send(item, 2_000_000_000, 'far');
    expect(await text(item)).toBe('[2000000000 bytes of the output never came.]\nfar');
    const chunk = Buffer.alloc(256 * 1024, 'x');
    for (let sent = 0; sent < 41; sent++) await send(item, 100 + sent * chunk.length, chunk);
    await send(item, 0, 'more');
    const log = await text(item);
    expect(log.replace(/\n?\[(?:The output|\d+ bytes).*\]\n/g, '').length).toBe(10 * 1024 * 1024);
    expect(log).toContain('[The output of this task is longer than 10485760 bytes or 50000 pieces');
    await send(item, 2_147_483_647, 'x', 400);
  }, 30_000);

  it('is followed: what comes is sent as it comes, and the stream ends with the task', async () => {
    const item = await begin();
    const path = `${url}/api/v2/taskrun/${item.id}/log`;
    const plain = await Streamed.from(path);
    const followed = await Streamed.from(`${path}?follow=true`);
    await send(item, 0, 'one\n');
    const both = () => Promise.resolve([plain.text, followed.text]);
    await until(both, (texts) => texts.every((each) => each === 'one\n'));
    await send(item, 4, 'two\n');
    await until(both, (texts) => texts.every((each) => each === 'one\ntwo\n'));
    expect([plain.ended, followed.ended]).toEqual([false, false]);
    await send(item, 8, 'last');
    await server.report(item, 'end');
    await until(
      () => Promise.resolve([plain.ended, followed.ended]),
      (ended) => ended.every(Boolean),
    );
    expect([plain.text, followed.text]).toEqual(['one\ntwo\nlast', 'one\ntwo\nlast']);
    expect((await server.get(`/api/v2/taskrun/${item.id}/log`)).text).toBe('one\ntwo\nlast');
  });

  it('is followed into the next try, and never shows the beginning of a secret', async () => {
    const item = await begin(
      { retries: 1, backoff: 1, params: [{ name: 's', value: '$(params.s)' }] },
      { params: [{ name: 's', type: 'password' }] },
      { params: [{ name: 's', value: 'hunter2-secret' }] },
    );
    const followed = await Streamed.from(`${url}/api/v2/taskrun/${item.id}/log`);
    await send(item, 0, 'it is hunter2-');
    await until(
      () => Promise.resolve(followed.text),
      (all) => all.includes('it is'),
    );
    await sleep(50);
    expect(followed.text).toBe('it is ');
    await send(item, 14, 'secret.\n');
    await server.report(item, 'end', { status: 'failed' });
    const second = await claim();
    await send(second, 0, 'again');
    await server.report(second, 'end');
    await until(
      () => Promise.resolve(followed.ended),
      (ended) => ended,
    );
    expect(followed.text).toBe(`it is ${'*'.repeat(14)}.\n[A new try of the task begins here.]\nagain`);
  });

  it('is followed no longer than its token lasts, and by nobody who has hung up', async () => {
    const item = await begin();
    const { body } = await server.post('/api/v2/token', {
      body: { type: 'global', name: 'reader', permissions: ['taskrun/read'] },
    });
    const path = `${url}/api/v2/taskrun/${item.id}/log`;
    const followed = await Streamed.from(path, body.token as string);
    const readers = server.server.app.get(LogReaders, { strict: false });
    expect(readers.followed).toBe(1);
    expect((await server.delete(`/api/v2/token/${body.id as string}`)).status).toBeLessThan(300);
    await until(
      () => Promise.resolve(followed.ended),
      (ended) => ended,
    );
    const left = await Streamed.from(path);
    expect(readers.followed).toBe(1);
    left.hangUp();
    await until(
      () => Promise.resolve(readers.followed),
      (number) => number === 0,
    );
    await server.report(item, 'end');
  });
});
