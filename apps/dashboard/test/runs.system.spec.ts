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

  it('cancel 200 that match, after a preview, and show how far it is, what came of each, and the job again later', async () => {
    const ids = await Promise.all(Array.from({ length: 199 }, () => submit('sleeps')));
    const done = await submit('sleeps');
    await dashboard.server.delete(`/api/v2/team/alpha/workflowrun/${done}/cancel`);
    await page.goto('/team/alpha/runs?workflows=sleeps');
    await page.getByText('1–50 of 201').waitFor();
    await page.getByLabel('Select every run of this page').click();
    await page.getByText('50 selected').waitFor();
    await page.getByRole('button', { name: 'Select all 201 that match' }).click();
    await page.getByText('All 201 selected').waitFor();
    await page.getByRole('button', { name: 'Cancel …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('199 of 201 runs').waitFor();
    await dialog.getByText('2 runs will not change: cancelled already.').waitFor();
    expect(await dialog.getByRole('row').count()).toBe(11);
    await dialog.getByLabel('Reason').fill('all of them');
    // It comes after the list has ended, two seconds after its opening: it is left alone.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const later = await submit('sleeps');
    await dialog.getByRole('button', { name: 'Cancel 199 runs' }).press('Enter');
    await page.waitForURL('**/runs/bulk/*');
    await page.getByRole('heading', { name: 'Cancel 201 runs' }).waitFor();
    await page.getByText('199 done, 2 unchanged.').waitFor();
    await page.getByText('“all of them”').waitFor();
    await page.getByRole('link', { name: /^Unchanged 2$/ }).click();
    await page.getByRole('row').nth(2).waitFor();
    expect(await page.getByRole('row').count()).toBe(3);
    const address = page.url();
    await page.reload();
    await page.getByText('199 done, 2 unchanged.').waitFor();
    expect(page.url()).toBe(address);
    for (const id of ids.slice(0, 5)) expect((await dashboard.runs.get(id)).status).toBe('cancelled');
    expect((await dashboard.runs.get(later)).status).toBe('running');
    await page.getByRole('link', { name: 'Bulk jobs' }).click();
    await page.getByRole('link', { name: 'Cancel 201 runs' }).waitFor();
  });

  it('cancel chosen runs, with a reason if the team requires one, and end the job', async () => {
    await dashboard.server.request('PATCH', '/api/v2/team/alpha', { body: { requiredReasons: ['cancelWorkflowRun'] } });
    const ids = await Promise.all([1, 2].map(() => submit('sleeps')));
    await page.goto('/team/alpha/runs?workflows=sleeps&statuses=running');
    for (const id of ids)
      await page
        .getByRole('row')
        .filter({ hasText: id.slice(-12) })
        .getByRole('checkbox')
        .check();
    await page.getByRole('button', { name: 'Cancel …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByPlaceholder('Why? Your team requires a reason.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel 2 runs' }).click();
    expect(page.url()).not.toContain('/bulk/');
    await dialog.getByLabel('Reason').fill('two of them');
    await dashboard.whileNoTimerFires(async () => {
      await dialog.getByRole('button', { name: 'Cancel 2 runs' }).click();
      await page.getByText('2 to come.').waitFor();
      await page.getByRole('button', { name: 'End it …' }).click();
      await page.getByRole('button', { name: 'End it', exact: true }).click();
      await page.getByText('2 left alone.').waitFor();
    });
    for (const id of ids) expect((await dashboard.runs.get(id)).status).toBe('running');
    await dashboard.server.request('PATCH', '/api/v2/team/alpha', { body: { requiredReasons: [] } });
  });

  it('keep filters as views: a tab, an address that restores both, changes, and the built-in ones', async () => {
    await page.goto('/team/alpha/runs');
    const tabs = page.getByRole('navigation', { name: 'Saved views' });
    await tabs.getByRole('link', { name: 'Failed today' }).click();
    await page.waitForURL(/statuses=failed/);
    await page.goto('/team/alpha/runs?workflows=broken&since=24h');
    await page.getByRole('button', { name: 'Save view …' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Broken ones');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).press('Enter');
    const own = tabs.getByRole('link', { name: /^Broken ones/ });
    await own.and(page.locator('[aria-current]')).waitFor();
    const address = page.url();
    await tabs.getByRole('link', { name: 'All runs' }).click();
    await page.getByText(/^1–50 of/).waitFor();
    await page.goto(address);
    await own.and(page.locator('[aria-current]')).waitFor();
    expect(new URL(page.url()).searchParams.get('workflows')).toBe('broken');
    await page.getByRole('button', { name: /Failed$/ }).click();
    await tabs.getByRole('link', { name: 'Broken ones (changed)' }).waitFor();
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('The view is saved.').waitFor();
    await page.goto('/team/alpha/runs');
    await own.click();
    await page.waitForURL(/statuses=failed/);
    await page.getByRole('button', { name: 'Delete view …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await own.waitFor({ state: 'detached' });
  });

  it('show runs that come later only when asked, so that nothing moves', async () => {
    await page.goto('/team/alpha/runs?workflows=asks');
    await page.getByText('1–1 of 1').waitFor();
    // The list ends two seconds after the moment of its opening.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await submit('asks');
    await page.getByRole('button', { name: /Show 1 new run/ }).click();
    await page.getByText('1–2 of 2').waitFor();
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

  it('lead by keys from a run to its neighbours in the list it was opened from', async () => {
    for (let round = 0; round < 2; round++) await submit('asks');
    await page.goto('/team/alpha/runs');
    const links = page.locator('a.run-link');
    await links.nth(1).waitFor();
    const [first, second] = await links.evaluateAll((all) => all.map((each) => each.getAttribute('href') ?? ''));
    await links.first().click();
    await page.getByRole('link', { name: 'Graph' }).click();
    await page.waitForURL(`**${first}?view=graph`);
    await page.keyboard.press(']');
    await page.waitForURL(`**${second}`);
    await page.reload();
    await page.getByRole('link', { name: 'Graph' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Previous run of the list').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('[');
    await page.waitForURL(`**${first}`);
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
