import { until } from '#libs/testing';
import { script, task, workflow } from '../../server/test/workflows';
import { Dashboard, describeInBrowser } from './browser';

describeInBrowser('insights and the search', () => {
  let dashboard: Dashboard;
  let good: string;
  let bad: string;
  beforeAll(async () => {
    dashboard = await Dashboard.start();
    const { server, runs } = dashboard;
    good = await runs.start(workflow('fine', [script('a')], ['a']), { labels: { env: 'prod-eu' } });
    bad = await runs.start(
      workflow('broken', [script('a', ['start'], { spec: { script: 'exit 3' } })], ['a'], {
        displayName: 'Nightly Import',
      }),
    );
    await runs.start(workflow('open', [task('nap', 'sleep', { duration: 3_600_000 })], ['nap']));
    await Promise.all([runs.ended(good), runs.ended(bad)]);
    await until(async () => {
      const answers = await Promise.all(
        ['insights', 'search?q=a'].map((route) => server.get(`/api/v2/team/alpha/${route}`)),
      );
      return answers.every(({ body }) => body.lag.events === 0);
    });
  }, 300_000);
  afterAll(() => dashboard.stop());

  it('tell how runs ended, and lead from a failure to the runs that are like it', async () => {
    const { page, context, faults } = await dashboard.signedIn();
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await page.waitForURL('**/team/alpha/insights');
    await page.getByText('50.0 %').first().waitFor();
    await page.getByRole('img', { name: /^From start to end/ }).waitFor();
    const failure = page
      .getByRole('region', { name: 'Why they failed' })
      .getByRole('row', { name: /Task a ended failed/ });
    await failure.getByRole('link', { name: 'all like it' }).click();
    await page.waitForURL('**/team/alpha/search?q=Task*');
    await page.getByRole('link', { name: 'Nightly Import' }).click();
    await page.waitForURL(`**/runs/${bad}`);
    await page.goto('/team/alpha/insights?span=day');
    await page.getByRole('columnheader', { name: 'Hour' }).waitFor();
    await page
      .getByRole('row', { name: /50.0 %/ })
      .getByRole('link')
      .first()
      .click();
    await page.waitForURL(/runs\?statuses=.*fromDate=.*toDate=/);
    await page.getByText(/^1–1 of 1/).waitFor();
    await page.goto('/team/alpha/workflows/fine?tab=insights');
    await page.getByText('100.0 %').first().waitFor();
    expect(await page.getByText('Why they failed').count()).toBe(0);
    expect(faults).toEqual([]);
    await context.close();
  });

  it.each([
    ['nightly', () => bad],
    ['env=prod', () => good],
    ['ended failed', () => bad],
    ['ID', () => good.slice(0, 26)],
  ])('find a run by %s with the keys alone', async (typed, idOf) => {
    const text = typed === 'ID' ? idOf() : typed;
    const { page, context, faults } = await dashboard.signedIn();
    await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(text);
    const found = page.getByRole('option', { name: /^(Nightly Import|fine), / });
    await found.waitFor();
    while ((await found.getAttribute('aria-selected')) !== 'true') await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/runs/${typed === 'ID' ? good : idOf()}`);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('say that no run has all of the words, and what is wrong with a text', async () => {
    const { page, context } = await dashboard.signedIn();
    await page.goto('/team/alpha/search?q=absent');
    await page.getByText('No run has all of that').waitFor();
    await page.getByRole('searchbox').fill('a b c d e f g h i');
    await page.keyboard.press('Enter');
    await page.getByText('Parameter q must have at most 8 words.').waitFor();
    await context.close();
  });
});
