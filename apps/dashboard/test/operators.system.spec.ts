import { readFileSync } from 'node:fs';
import { script, task, workflow } from '../../server/test/workflows';
import { seriousFaults } from './axe';
import { Dashboard, describeInBrowser } from './browser';
import { tabTo } from './keyboard';

describeInBrowser('the pages of operators', () => {
  let dashboard: Dashboard;
  let approvals: string[];
  beforeAll(async () => {
    dashboard = await Dashboard.start();
    const { server, runs } = dashboard;
    await server.saveWorkflow(
      'alpha',
      workflow('quick', [script('a')], ['a'], { triggers: { schedule: { enabled: true } } }),
    );
    const decided = workflow('decided', [task('ask', 'approval')], ['ask'], {
      params: [{ name: 'target', type: 'text', default: 'blue' }],
    });
    approvals = [await runs.start(decided), await runs.start(decided), await runs.start(decided)];
    for (const run of approvals) await runs.waiting(run, 'ask');
  }, 300_000);
  afterAll(() => dashboard.stop());

  const newToken = async (body: Record<string, unknown>) =>
    (await dashboard.server.post('/api/v2/token', { body })).body as { id: string; token: string };

  it('verifies the chain by keyboard alone, and the trail tells of it', async () => {
    const { page, context, faults } = await dashboard.signedIn();
    await page.goto('/team/alpha/runs');
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.waitForURL('**/team/alpha/audit');
    await page.getByRole('heading', { name: 'Audit' }).waitFor();
    await tabTo(page, /^Verify the chain$/);
    await page.keyboard.press('Enter');
    await tabTo(page, /^Reason/);
    await page.keyboard.type('weekly check');
    await page.keyboard.press('Enter');
    await page.getByText('The chain is intact.').waitFor();
    await page.keyboard.press('Escape');
    const { body } = await dashboard.server.get('/api/v2/audit?actions=VerifyTrail');
    expect(body.entries).toEqual([expect.objectContaining({ reason: 'weekly check' })]);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('finds who did something, and what else they did in that hour', async () => {
    const { page, context, faults } = await dashboard.signedIn();
    await page.goto('/team/alpha/audit?actions=SubmitRun');
    await page
      .getByRole('button', { name: /made a run: details/ })
      .first()
      .click();
    await page.getByRole('link', { name: 'What else did they do that hour?' }).click();
    await page.waitForURL(/actors=.*fromDate=.*toDate=/);
    await page.getByRole('cell', { name: 'made a workflow' }).first().waitFor();
    await page.getByRole('link', { name: 'Who did what', exact: true }).click();
    await page.getByRole('cell', { name: /made a run 3/ }).waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  it('shows entries that have come when it is asked to, and exports what is filtered', async () => {
    const { page, context } = await dashboard.signedIn();
    await page.goto('/team/alpha/audit?kinds=workflow');
    await page.getByRole('cell', { name: 'made a workflow' }).first().waitFor();
    const before = await page.locator('.position').count();
    await dashboard.server.saveWorkflow('alpha', workflow('later', [script('a')], ['a']));
    await page.getByRole('button', { name: 'Show 1 new' }).click();
    await page.getByRole('cell', { name: /workflow later/ }).waitFor();
    expect(await page.locator('.position').count()).toBe(before + 1);
    await page.getByRole('button', { name: 'Export …' }).click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV', exact: true }).click(),
    ]);
    const text = readFileSync(await file.path(), 'utf8');
    expect(text.trim().split('\n')).toHaveLength(before + 2);
    expect(text).toContain('CreateWorkflow');
    await context.close();
  });

  it('names the filter that the server refuses at its field', async () => {
    const { page, context } = await dashboard.signedIn();
    await page.goto('/team/alpha/audit?object=nonsense');
    await page.getByText('Parameter object must be an id.').first().waitFor();
    expect(await page.getByRole('textbox', { name: /^Thing/ }).getAttribute('aria-invalid')).toBe('true');
    await context.close();
  });

  it('makes a token that works, shows it once, and revokes it with a reason', async () => {
    const { page, context, faults } = await dashboard.signedIn();
    await page.goto('/team/alpha/settings?tab=tokens');
    await page.getByRole('button', { name: 'New token' }).click();
    await page.getByLabel('Name').fill('pipeline');
    await page.getByLabel(/^May/).selectOption('read');
    await page.getByRole('button', { name: 'Make the token' }).click();
    const token = (await page.locator('[data-token]').textContent()) ?? '';
    await page.getByRole('button', { name: 'I have copied it' }).click();
    const used = () => dashboard.server.get('/api/v2/team/alpha/workflowrun/count', { token });
    expect((await used()).status).toBe(200);
    expect((await dashboard.server.delete('/api/v2/team/alpha/workflow/quick', { token })).status).toBe(403);
    expect(await page.content()).not.toContain(token);
    await page.getByRole('button', { name: 'Revoke pipeline' }).click();
    await page.getByLabel('Reason').fill('the pipeline is gone');
    await page.getByRole('button', { name: 'Revoke the token' }).click();
    await page.getByText('pipeline is revoked.').waitFor();
    expect((await used()).status).toBe(401);
    const { body } = await dashboard.server.get('/api/v2/audit?actions=RevokeToken');
    expect(body.entries[0].reason).toBe('the pipeline is gone');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('makes a schedule by keyboard alone, whose next firings are shown in two zones', async () => {
    const { page, context, faults } = await dashboard.signedIn();
    await page.goto('/team/alpha/schedules');
    await page.getByRole('button', { name: 'New schedule' }).waitFor();
    await page.keyboard.press('c');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('Every night');
    await tabTo(page, /^Workflow/);
    await page.keyboard.type('quick');
    await tabTo(page, /^Time zone/);
    await page.keyboard.press('Control+a');
    await page.keyboard.type('America/New_York');
    await tabTo(page, /^Cron expression/);
    await page.keyboard.press('Control+a');
    await page.keyboard.type('99 2 * * *');
    await page.getByText(/^cron .*minute/).waitFor();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('30 2 * * *');
    await page.getByRole('region', { name: 'Next firings' }).getByRole('listitem').nth(4).waitFor();
    await page.keyboard.press('Enter');
    await page
      .getByRole('row', { name: /Every night/ })
      .getByText('Active')
      .waitFor();
    const { body } = await dashboard.server.get('/api/v2/team/alpha/schedule/query');
    expect(body.content).toEqual([
      expect.objectContaining({ name: 'Every night', cronSchedule: '30 2 * * *', timezone: 'America/New_York' }),
    ]);
    await page.getByRole('button', { name: 'Turn off Every night' }).click();
    await page
      .getByRole('row', { name: /Every night/ })
      .getByText('Off', { exact: true })
      .waitFor();
    await page.getByRole('button', { name: 'Delete Every night' }).click();
    await page.getByRole('button', { name: 'Delete the schedule' }).click();
    await page.getByText('The team has no schedule').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  it('shows an error of a workflow at its line while it is written, and saves what is right', async () => {
    const { page, context, faults } = await dashboard.signedIn();
    await page.goto('/team/alpha/workflows/decided?tab=source');
    const source = page.getByLabel(/Source of the workflow/);
    const right = await source.inputValue();
    await source.fill(right.replace('taskRef: ask', 'taskRef: nobody'));
    const wrong = page.getByText('Task end: dependency nobody is not a task of this workflow.');
    await wrong.waitFor();
    const line = right.slice(0, right.indexOf('taskRef: ask')).split('\n').length;
    await page.getByRole('button', { name: `line ${line}` }).click();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
    await page.getByRole('button', { name: 'Save a new revision' }).press('Enter');
    await page.locator('.notices').getByText('Mend the 2 problems first.').waitFor();
    await source.fill(right.replace('default: blue', 'default: green'));
    await page.getByText('Valid', { exact: true }).waitFor();
    await page.getByLabel('Reason').fill('green is the new blue');
    await page.keyboard.press('Control+s');
    await page.getByText(/^decided is saved as version/).waitFor();
    await page.getByRole('link', { name: 'Revisions' }).click();
    await page.getByText('green is the new blue').waitFor();
    // Nothing else differs: the text that the page shows, saved again, is the same definition.
    await page.getByText('1 field differs').waitFor();
    expect(await page.locator('.change-path').allTextContents()).toEqual(['/params/target/default']);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('says that others have saved while the text was written', async () => {
    const { page, context } = await dashboard.signedIn();
    await dashboard.server.saveWorkflow('alpha', workflow('shared', [script('a')], ['a']));
    await page.goto('/team/alpha/workflows/shared?tab=source');
    const source = page.getByLabel(/Source of the workflow/);
    await source.fill((await source.inputValue()).replace('"true"', '"false"'));
    await dashboard.server.saveWorkflow('alpha', workflow('shared', [script('b')], ['b']));
    await page.getByText('Valid', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Save a new revision' }).click();
    await page.getByText('Somebody saved version 2 while you were writing.').waitFor();
    await page.getByRole('button', { name: 'Save mine as the next version' }).click();
    await page.getByText('shared is saved as version 3.').waitFor();
    await context.close();
  });

  it('approves from the list by keyboard alone, and rejects others together', async () => {
    const { page, context, faults } = await dashboard.signedIn();
    await page.goto('/team/alpha/approvals');
    await page.getByRole('button', { name: 'Approve ask of decided' }).first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('y');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('looks right');
    await tabTo(page, /^Approve$/);
    await page.keyboard.press('Enter');
    await page.getByText('Approved.').waitFor();
    const [first, ...others] = approvals;
    expect((await dashboard.runs.ended(first ?? '')).status).toBe('succeeded');
    await page.getByRole('button', { name: 'Approve ask of decided' }).nth(2).waitFor({ state: 'detached' });
    for (const box of await page.getByRole('checkbox').all()) await box.check();
    await page.getByRole('button', { name: 'Reject those that are chosen' }).click();
    await page.getByLabel('Comment').fill('not today');
    await page.getByRole('dialog').getByRole('button', { name: 'Reject' }).click();
    await page.getByText('Nothing waits for a decision').waitFor();
    for (const run of others) expect((await dashboard.runs.ended(run)).status).not.toBe('succeeded');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('lets a reader see, and says why they may not change', async () => {
    const { token } = await newToken({ type: 'team', principal: 'alpha', role: 'reader' });
    const { page, context } = await dashboard.signedIn(token);
    await page.goto('/team/alpha/workflows/quick');
    await page.getByRole('button', { name: 'Delete …' }).press('Enter');
    await page.locator('.notices').getByText('Your token does not have workflow/delete in this team').waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    const { token: blind } = await newToken({ type: 'team', principal: 'alpha', permissions: ['workflowrun/read'] });
    const other = await dashboard.signedIn(blind);
    await other.page.goto('/team/alpha/audit');
    await other.page.getByText('You may not see the audit trail').waitFor();
    await other.context.close();
    await context.close();
  });

  it('names what does not move, and why', async () => {
    const run = await dashboard.runs.start(workflow('stuck', [task('ask', 'approval')], ['ask']));
    await dashboard.runs.waiting(run, 'ask');
    const { page, context, faults } = await dashboard.signedIn();
    await page.goto('/team/alpha/operations');
    await page
      .getByText(/Task ask waits for the approval/)
      .first()
      .waitFor();
    await page.getByText('Accepts requests and writes').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  const pages = [
    'workflows',
    'workflows/quick',
    'workflows/quick?tab=source',
    'workflows/decided?tab=revisions',
    'workflows/quick?tab=schedules',
    'workflows/quick?tab=insights',
    'insights',
    'insights?span=day',
    'search',
    'search?q=quick',
    'new-workflow',
    'schedules',
    'approvals',
    'approvals?status=approved',
    'audit',
    'audit?view=people',
    'operations',
    'settings',
    'settings?tab=groups',
    'settings?tab=parameters',
    'settings?tab=quotas',
    'settings?tab=tokens',
  ];
  it.each(['light', 'dark'] as const)(
    'has no serious fault of accessibility in %s, and fits a phone',
    async (colorScheme) => {
      const { page, context, faults } = await dashboard.signedIn(undefined, {
        colorScheme,
        viewport: { width: 360, height: 740 },
      });
      const found: Record<string, unknown> = {};
      for (const path of pages) {
        await page.goto(`/team/alpha/${path}`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.waitForFunction(() => document.querySelector('.loading') === null);
        const serious = await seriousFaults(page);
        if (serious.length > 0) found[path] = serious;
        const excess = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        if (excess > 0) found[`width of ${path}`] = excess;
      }
      expect(found).toEqual({});
      expect(faults).toEqual([]);
      await context.close();
    },
    240_000,
  );
});
