import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, TcpProxy, type TestDatabase, until } from '#libs/testing';
import type { Page } from 'playwright-core';
import { build, ServerProcess } from '../../server/test/server-process';
import { script, task, workflow } from '../../server/test/workflows';
import { builtSite, describeInBrowser, Visitor } from './browser';

const steps = (count: number) =>
  Array.from({ length: count }, (_, place) =>
    task(`step-${place}`, 'setwfproperty', { output: `out-${place}`, value: 'x' }, [
      place === 0 ? 'start' : `step-${place - 1}`,
    ]),
  );
const asks = workflow('asks', [task('sign-off', 'approval')], ['sign-off']);
const quick = workflow('quick', [task('note', 'setwfproperty', { output: 'a', value: 'b' })], ['note']);
const hello = workflow('hello', [script('hello', ['start'], { spec: { script: 'echo good morning' } })], ['hello']);

describeInBrowser('a page that stays open', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let server: ServerProcess;
  let visitor: Visitor;
  let page: Page;
  let faults: string[];
  let port: string;
  const team = '/api/v2/team/alpha';

  /** With an agent of its own. */
  const start = async (): Promise<void> => {
    server = await ServerProcess.start({ DATABASE_URL: proxy.url, PORT: port }, ['--no-demo']);
  };
  beforeAll(async () => {
    await build();
    builtSite();
    database = await createTestDatabase();
    proxy = await TcpProxy.start(database.url);
    port = '0';
    await start();
    ({ port } = new URL(server.url));
    await server.call('POST', '/api/v2/team', { name: 'alpha' });
    for (const definition of [asks, quick, hello, workflow('long', steps(1250), ['step-1249'])]) {
      expect((await server.call('PUT', `${team}/workflow`, definition)).status).toBe(200);
    }
    visitor = await Visitor.launch(`http://127.0.0.1:${port}`);
    ({ page, faults } = await visitor.signedIn());
  });
  afterAll(async () => {
    await visitor.close();
    await server.end('SIGTERM');
    await proxy.stop();
    await database.drop();
  });
  afterEach(() => expect(faults.splice(0)).toEqual([]));

  const submit = async (name: string): Promise<string> => {
    const { status, body } = await server.call('POST', `${team}/workflow/${name}/submit?start=true`, {});
    expect(status).toBe(200);
    return (body as { id: string }).id;
  };
  const statusOf = async (id: string): Promise<string> =>
    ((await server.call('GET', `${team}/workflowrun/${id}`)).body as { status: string }).status;
  const asksFor = async (id: string): Promise<void> => {
    await until(async () => {
      const { body } = await server.call('GET', `${team}/workflowrun/${id}`);
      return (body as { awaitingApproval: boolean }).awaitingApproval;
    });
  };
  const approve = async (id: string): Promise<void> => {
    const { body } = await server.call('GET', `${team}/action/query?statuses=submitted`);
    const action = (body as { content: { id: string; workflowRunRef: string }[] }).content.find(
      ({ workflowRunRef }) => workflowRunRef === id,
    );
    const decision = [{ id: action?.id, approved: true }];
    expect((await server.call('PUT', `${team}/action`, decision)).status).toBe(200);
  };
  const eventCount = async (id: string): Promise<number> => {
    let count = 0;
    for (let after: number | undefined = 0; after !== undefined;) {
      const { body } = await server.call('GET', `${team}/workflowrun/${id}/events?after=${after}&limit=1000`);
      const answer = body as { events: unknown[]; next?: number };
      count += answer.events.length;
      after = answer.next;
    }
    return count;
  };
  const status = (word: string) => page.locator('header.stack .status', { hasText: word });
  const slider = () => page.getByLabel('Event', { exact: true });

  it('finds the server again after it was killed, and misses no event', async () => {
    const id = await submit('asks');
    await asksFor(id);
    await page.goto(`/team/alpha/runs/${id}`);
    await page.getByRole('button', { name: 'Approve …' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await server.end('SIGKILL');
    await page.getByText('Stale since').waitFor();
    await start();
    await approve(id);
    await status('Succeeded').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    const events = await eventCount(id);
    await until(async () => (await slider().getAttribute('max')) === String(events));
    // The agent of the new server works.
    await page.goto(`/team/alpha/runs/${await submit('hello')}`);
    await status('Succeeded').waitFor({ timeout: 60_000 });
  });

  it('says since when it is old while the database is away for twenty seconds, and goes on by itself', async () => {
    await page.goto('/team/alpha/runs');
    await page.getByText(/^1–\d+ of \d+$/).waitFor();
    const before = Number(/of (\d+)/.exec((await page.getByText(/^1–\d+ of \d+$/).textContent()) ?? '')?.[1]);
    proxy.hang({ andNew: true });
    // A new page asks for what the server cannot read.
    await page.getByRole('button', { name: /Failed$/ }).click();
    await sleep(20_000);
    proxy.heal();
    proxy.reset();
    await until(async () => (await server.call('GET', `${team}/workflowrun/count`)).status === 200);
    await submit('quick');
    await page.goto('/team/alpha/runs');
    await page.getByText(`1–${before + 1} of ${before + 1}`).waitFor({ timeout: 60_000 });
    await submit('quick');
    await page.getByText(`1–${before + 2} of ${before + 2}`).waitFor({ timeout: 60_000 });
    await page.getByText('Live', { exact: true }).waitFor();
  });

  it('shows a run of 5,000 events, and travels through them', async () => {
    const id = await submit('long');
    await until(async () => (await statusOf(id)) === 'succeeded');
    const events = await eventCount(id);
    expect(events).toBeGreaterThanOrEqual(5000);
    await page.goto(`/team/alpha/runs/${id}`);
    await status('Succeeded').waitFor();
    await until(async () => (await slider().getAttribute('max')) === String(events));
    await slider().fill('2500');
    await page.waitForURL(/v=2500/);
    await status('Running').waitFor();
    await slider().fill(String(events));
    await status('Succeeded').waitFor();
    const rows = page.getByRole('region', { name: 'Events of the run' }).getByRole('listitem');
    expect(await rows.count()).toBeLessThan(100);
    expect(await rows.count()).toBeGreaterThan(5);
  });

  it('follows a hundred events a second, and ends with the exact count', async () => {
    await page.goto('/team/alpha/runs?workflows=quick');
    await page.getByText('Live', { exact: true }).waitFor();
    for (let round = 0; round < 10; round++) {
      // Seven events each.
      await Promise.all(Array.from({ length: 15 }, () => submit('quick')));
      await sleep(1000);
      await page.keyboard.press('j');
    }
    const { body } = await server.call('GET', `${team}/workflowrun/count?workflows=quick`);
    const { all } = (body as { status: { all: number } }).status;
    expect(all).toBeGreaterThanOrEqual(150);
    // Who has chosen a row keeps the list as it is; the counts go on.
    await page.getByRole('button', { name: /All$/ }).getByText(String(all), { exact: true }).waitFor();
    await page.keyboard.press('.');
    await page.getByText(`1–50 of ${all}`).waitFor();
  });

  it('asks for a token when its own has ended, without a word from its user', async () => {
    const { body } = await server.call('POST', '/api/v2/token', { type: 'team', principal: 'alpha', role: 'reader' });
    const { id, token } = body as { id: string; token: string };
    const opened = await visitor.signedIn(token);
    await opened.page.goto('/team/alpha/runs');
    await opened.page.getByText('Live', { exact: true }).waitFor();
    await server.call('DELETE', `/api/v2/token/${id}`);
    await opened.page.getByLabel('Access token').waitFor();
    await opened.context.close();
  });
});
