import { Dashboard, describeInBrowser } from './browser';

describeInBrowser('signing in', () => {
  let dashboard: Dashboard;
  beforeAll(async () => {
    dashboard = await Dashboard.start();
  });
  afterAll(() => dashboard.stop());

  const makeToken = async (body: unknown) =>
    (await dashboard.server.post('/api/v2/token', { body })).body as { id: string; token: string };

  it('asks for a token, and comes back to where the user wanted to go', async () => {
    const { page, context, faults } = await dashboard.open();
    await page.goto('/team/alpha/runs?statuses=failed');
    await page.getByLabel('Access token').fill('bfg_wrong');
    await page.keyboard.press('Enter');
    await page.getByText('This token is not valid').waitFor();
    const { token } = await makeToken({ type: 'team', principal: 'alpha', role: 'reader' });
    await page.getByLabel('Access token').fill(token);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/team/alpha/runs?statuses=failed');
    const kept = await page.evaluate(
      () =>
        JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]) +
        document.cookie +
        location.href,
    );
    expect(kept).not.toContain(token);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('ends at once when the token is revoked', async () => {
    const { id, token } = await makeToken({ type: 'team', principal: 'alpha', role: 'reader' });
    const { page, context } = await dashboard.signedIn(token);
    await dashboard.server.delete(`/api/v2/token/${id}`);
    await page.reload();
    await page.getByLabel('Access token').waitFor();
    await context.close();
  });

  it('ends when the user signs out', async () => {
    const { page, context } = await dashboard.signedIn();
    await page.getByRole('button', { name: /^Sign out/ }).click();
    await page.getByLabel('Access token').waitFor();
    await page.goto('/team/alpha/runs');
    await page.getByLabel('Access token').waitFor();
    await context.close();
  });
});
