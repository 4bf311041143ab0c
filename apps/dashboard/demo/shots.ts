import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import type { DemoApi } from './api';
import { demoToken } from './demo-server';

const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];
const sizes = { desktop: { width: 1360, height: 860 }, phone: { width: 360, height: 740 } } as const;
const schemes = ['light', 'dark'] as const;

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly before?: (page: Page) => Promise<void>;
}

/** Pictures of every page, or of those with these names, light and dark, on a desk and on a phone. */
export async function takeShots(api: DemoApi, folder: string, only?: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const runOf = async (query: string): Promise<string> => {
    const path = `/api/v2/team/payments/workflowrun/query?limit=1&order=DESC&${query}`;
    return (await api.send<{ content: { id: string }[] }>('GET', path)).content[0]?.id ?? '';
  };
  const run = (id: string, query = ''): string => `/team/payments/runs/${id}${query}`;
  const good = await runOf('workflows=deploy-service&statuses=succeeded');
  const bad = await runOf('workflows=nightly-import&statuses=failed');
  const open = await runOf('workflows=production-change&statuses=running');
  const { content: jobs } = await api.send<{ content: { id: string }[] }>('GET', '/api/v2/team/payments/bulk/query');
  const job = jobs[0]?.id ?? '';
  const views = await api.send<{ id: string; name: string }[]>('GET', '/api/v2/team/payments/view');
  const view = views.find(({ name }) => name === 'Production')?.id ?? '';
  const shots: readonly Shot[] = [
    { name: 'runs', path: '/team/payments/runs' },
    { name: 'runs-filtered', path: '/team/payments/runs?statuses=failed,cancelled&since=24h' },
    { name: 'runs-view', path: `/team/payments/runs?labels=environment%3Dproduction&view=${view}` },
    {
      name: 'bulk-preview',
      path: '/team/payments/runs?workflows=nightly-import,canary',
      before: async (page) => {
        await page.getByLabel('Select every run of this page').check();
        await page.getByRole('button', { name: 'Retry …' }).click();
        await page.getByRole('status').getByText('can be retried').waitFor();
      },
    },
    { name: 'bulk', path: `/team/payments/runs/bulk/${job}` },
    { name: 'bulks', path: '/team/payments/runs/bulk' },
    { name: 'runs-empty', path: '/team/search/runs' },
    { name: 'new-run', path: '/team/payments/runs/new?workflow=deploy-service' },
    { name: 'run', path: run(good, '?task=build') },
    { name: 'run-graph', path: run(good, '?view=graph&side=run') },
    { name: 'run-tasks', path: run(good, '?view=tasks&side=events') },
    { name: 'run-failed', path: run(bad) },
    { name: 'run-past', path: run(good, '?v=14&view=graph') },
    { name: 'run-approval', path: run(open, '?view=graph') },
    { name: 'run-large', path: run(await runOf('workflows=fan-500'), '?view=graph') },
    { name: 'run-follow', path: run(await runOf('workflows=mirror')) },
    { name: 'run-parent', path: run(await runOf('workflows=release-train')) },
    { name: 'insights', path: '/team/payments/insights' },
    { name: 'search', path: '/team/payments/search?q=nightly%20failed' },
    { name: 'workflows', path: '/team/payments/workflows' },
    { name: 'workflow', path: '/team/payments/workflows/deploy-service' },
    { name: 'workflow-source', path: '/team/payments/workflows/deploy-service?tab=source' },
    { name: 'workflow-revisions', path: '/team/payments/workflows/deploy-service?tab=revisions' },
    { name: 'workflow-insights', path: '/team/payments/workflows/deploy-service?tab=insights' },
    { name: 'schedules', path: '/team/payments/schedules' },
    { name: 'approvals', path: '/team/payments/approvals' },
    { name: 'audit', path: '/team/payments/audit' },
    { name: 'operations', path: '/team/payments/operations' },
    { name: 'team', path: '/team/payments/settings' },
    { name: 'team-tokens', path: '/team/payments/settings?tab=tokens' },
    { name: 'team-params', path: '/team/payments/settings?tab=parameters' },
    { name: 'team-quotas', path: '/team/payments/settings?tab=quotas' },
    { name: 'run-retry', path: run(bad), before: (page) => page.getByRole('button', { name: 'Retry …' }).click() },
    { name: 'keys', path: run(bad), before: (page) => page.keyboard.press('?') },
  ];
  const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args });
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of schemes) {
      const context = await browser.newContext({
        baseURL: api.url,
        viewport,
        colorScheme,
        locale: 'en-GB',
        timezoneId: 'Europe/Berlin',
      });
      const page = await context.newPage();
      await page.goto('/sign-in');
      if (!only) await page.screenshot({ path: join(folder, `sign-in-${size}-${colorScheme}.png`) });
      await page.getByLabel('Access token').fill(demoToken);
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/team\//);
      for (const { name, path, before } of shots.filter((each) => only?.includes(each.name) ?? true)) {
        await page.goto(path);
        await page.locator('h1').first().waitFor();
        await page
          .locator('.loading')
          .waitFor({ state: 'detached', timeout: 3000 })
          .catch(() => undefined);
        await before?.(page);
        await page.waitForTimeout(700);
        await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`), fullPage: true });
      }
      await context.close();
    }
  }
  await browser.close();
}
