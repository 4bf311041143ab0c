import type { Page } from 'playwright-core';
import { script, task, workflow } from '../../server/test/workflows';
import { Dashboard, describeInBrowser } from './browser';

const quick = workflow('quick', [script('hello', ['start'], { spec: { script: 'echo good morning' } })], ['hello'], {
  params: [{ name: 'who', type: 'text', label: 'Who', required: true }],
});
const broken = workflow(
  'broken',
  [
    script('parse', ['start'], {
      spec: { script: String.raw`printf 'line one\n\033[31mline two is wrong\033[0m\n'; exit 3` },
    }),
  ],
  ['parse'],
);
const asks = workflow('asks', [task('sign-off', 'approval')], ['sign-off']);
const sleeps = workflow('sleeps', [task('rest', 'sleep', { duration: 3_600_000 })], ['rest']);

describeInBrowser('the pages of runs', () => {
  let dashboard: Dashboard;
  let page: Page;
  let faults: string[];
  beforeAll(async () => {
    dashboard = await Dashboard.start();
    for (const definition of [quick, broken, asks, sleeps]) await dashboard.server.saveWorkflow('alpha', definition);
    ({ page, faults } = await dashboard.signedIn());
  });
  afterAll(() => dashboard.stop());
  afterEach(() => expect(faults.splice(0)).toEqual([]));

  const submit = async (name: string): Promise<string> =>
    (await dashboard.server.submit('alpha', name)).body.id as string;
  const status = (word: string) => page.locator('header.stack .status', { hasText: word });
  const eventsOf = async (id: string) =>
    (await dashboard.server.get(`/api/v2/team/alpha/workflowrun/${id}/events`)).body.events as {
      type: string;
      reason?: string;
    }[];

  it('start a run, and show how it ends while one watches', async () => {
    await page.goto('/team/alpha/runs');
    await page.getByRole('link', { name: 'New run', exact: true }).click();
    await page.getByLabel('Workflow').selectOption('quick');
    await page.getByLabel(/^Who/).fill('Ada');
    await page.getByLabel('Reason').fill('a first look');
    await page.getByRole('button', { name: 'Start the run' }).click();
    await status('Succeeded').waitFor();
    await page.getByRole('link', { name: /^Task / }).waitFor();
    await page.getByText('good morning').waitFor();
    await page.getByText('“a first look”').first().waitFor();
  });

  it('say what is missing in the server’s words, and name the field', async () => {
    await page.goto('/team/alpha/runs/new?workflow=quick');
    await page.getByLabel(/^Who/).evaluate((field) => field.removeAttribute('required'));
    await page.getByRole('button', { name: 'Start the run' }).click();
    await page.getByRole('alert').getByText('who').first().waitFor();
  });

  it('find the failed run among many, and say why it failed', async () => {
    const id = await submit('broken');
    for (let round = 0; round < 60; round++) {
      await dashboard.server.submit('alpha', 'quick', { params: [{ name: 'who', value: String(round) }] });
    }
    await dashboard.runs.ended(id);
    await page.goto('/team/alpha/runs');
    await page.getByText(/^1–50 of/).waitFor();
    await page.getByRole('button', { name: /Failed$/ }).click();
    await page.getByText('1–1 of 1').waitFor();
    expect(page.url()).toContain('statuses=failed');
    await page.reload();
    await page.getByText('1–1 of 1').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('o');
    await page.waitForURL(`**/runs/${id}`);
    await page.getByRole('region', { name: 'Why it failed' }).getByRole('button', { name: 'parse' }).waitFor();
    await page.getByText('line two is wrong').waitFor();
    const colour = await page.locator('.ansi-fg-1').first().textContent();
    expect(colour).toBe('line two is wrong');
    await page.getByLabel('Search the log').fill('two');
    await page.getByText('1 of 1', { exact: true }).waitFor();
  });

  it('retry it from what failed, after they have shown what will run', async () => {
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Retry …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('cell', { name: 'parse' }).waitFor();
    await dialog.getByLabel('Reason').fill('mended');
    const before = page.url();
    await dialog.getByRole('button', { name: 'Retry', exact: true }).click();
    await page.waitForURL((url) => url.href !== before);
    await status('Failed').waitFor();
    await page.getByRole('link', { name: 'Run', exact: true }).click();
    await page.getByText('Retry of').waitFor();
    const events = await eventsOf(page.url().split('/').at(-1)?.split('?')[0] ?? '');
    expect(events[0]?.reason).toBe('mended');
  });

  it('approve, with a comment that the ledger keeps', async () => {
    const id = await submit('asks');
    await page.goto(`/team/alpha/runs/${id}`);
    await page.getByRole('button', { name: 'Approve …' }).click();
    await page.getByLabel('Comment').fill('looks good');
    await page.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).click();
    await status('Succeeded').waitFor();
    await page.getByText('looks good').first().waitFor();
  });

  it('cancel by keys alone, and say first what will stop', async () => {
    const id = await submit('sleeps');
    await page.goto(`/team/alpha/runs/${id}`);
    await page
      .getByText(/sleeps/i)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Cancel …' }).waitFor();
    await page.keyboard.press('z');
    await page.getByText('1 task will be stopped').waitFor();
    await page.getByRole('dialog').getByLabel('Reason').fill('no longer needed');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the run' }).press('Enter');
    await status('Cancelled').waitFor();
    expect((await eventsOf(id)).find(({ type }) => type === 'WorkflowRunCancelled')?.reason).toBe('no longer needed');
  });

  it('travel back in time: every part shows that moment, and its address leads there', async () => {
    const id = await dashboard.runs.start(workflow('two-steps', [script('one'), script('two', ['one'])], ['two']));
    await dashboard.runs.ended(id);
    const started = (await eventsOf(id)).findIndex(({ type }) => type === 'TaskRunStarted') + 1;
    await page.goto(`/team/alpha/runs/${id}?view=tasks`);
    await status('Succeeded').waitFor();
    const slider = page.getByRole('slider', { name: 'Event' });
    await slider.fill(String(started));
    await page.getByText(`As it was after event ${started}`).waitFor();
    await status('Running').waitFor();
    await page.getByRole('row', { name: /^two/ }).getByText('Not started').waitFor();
    await page.getByText('/tasks/one/status').waitFor();
    expect(page.url()).toContain(`v=${started}`);
    await page.reload();
    await page.getByRole('row', { name: /^one/ }).getByText('Running').waitFor();
    await page.keyboard.press('.');
    await page.getByText(`As it was after event ${started + 1}`).waitFor();
    await page.keyboard.press('n');
    await status('Succeeded').waitFor();
    await page.getByRole('link', { name: 'Graph' }).click();
    await page.getByRole('button', { name: /^one.*Succeeded$/ }).waitFor();
  });

  it('cancel many, and say of each what came of it', async () => {
    const ids = [await submit('sleeps'), await submit('sleeps'), await submit('sleeps')];
    await page.goto('/team/alpha/runs?workflows=sleeps');
    await page.getByLabel('Select every run of this page').click();
    await page.getByText('4 selected').waitFor();
    await page.getByRole('button', { name: 'Cancel …' }).click();
    await page.getByText('3 of 4 can be cancelled').waitFor();
    await page.getByRole('dialog').getByLabel('Reason').fill('all of them');
    await page.getByRole('button', { name: 'Cancel 3 runs' }).click();
    await page.getByText('3 done, 0 refused, 0 to go.').waitFor();
    for (const id of ids) expect((await dashboard.runs.get(id)).status).toBe('cancelled');
  });

  it('show runs that come later only when asked, so that nothing moves', async () => {
    await page.goto('/team/alpha/runs?workflows=sleeps');
    await page.getByText('1–4 of 4').waitFor();
    // The list ends two seconds after the moment of its opening.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await submit('sleeps');
    await page.getByRole('button', { name: /Show 1 new run/ }).click();
    await page.getByText('1–5 of 5').waitFor();
  });

  it('tell a reader what the token may not do, and offer nothing that would be refused', async () => {
    const { body } = await dashboard.server.post('/api/v2/token', {
      body: { type: 'team', principal: 'alpha', permissions: ['team/read'] },
    });
    const reader = await dashboard.signedIn(body.token as string);
    await reader.page.goto('/team/alpha/runs');
    await reader.page.getByText('You may not see the runs').waitFor();
    await reader.page.getByText('workflowrun/read').first().waitFor();
    expect(await reader.page.getByRole('link', { name: 'New run', exact: true }).count()).toBe(0);
    await reader.context.close();
  });

  it('open anything from the palette, and list their keys', async () => {
    await page.goto('/team/alpha/runs');
    await page.getByText(/^1–50 of/).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Go to anything').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /Go to/ }).fill('runs of broken');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/runs?workflows=broken');
  });
});
