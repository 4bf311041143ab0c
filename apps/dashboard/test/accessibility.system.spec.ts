import { readFileSync } from 'node:fs';
import { script, task, workflow } from '../../server/test/workflows';
import { Dashboard, describeInBrowser } from './browser';

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary: string }[];
}

describeInBrowser('every page, light and dark, on a desk and on a phone', () => {
  let dashboard: Dashboard;
  const pages: Record<string, string> = {};
  beforeAll(async () => {
    dashboard = await Dashboard.start();
    const { runs } = dashboard;
    const failed = await runs.start(
      workflow('fails', [script('a', ['start'], { spec: { script: 'echo why; exit 1' } })], ['a']),
    );
    const waits = await runs.start(
      workflow('asks', [task('sign-off', 'approval'), script('later', ['sign-off'])], ['later']),
    );
    await runs.ended(failed);
    await runs.waiting(waits, 'sign-off');
    const { body: job } = await dashboard.server.post('/api/v2/team/alpha/bulk', {
      body: { action: 'retry', runs: [failed, waits], reason: 'again' },
    });
    Object.assign(pages, {
      runs: '/team/alpha/runs',
      'filtered runs': '/team/alpha/runs?statuses=failed&since=24h',
      'no runs': '/team/alpha/runs?workflows=none',
      'a view': '/team/alpha/runs?statuses=running&view=running',
      'bulk job': `/team/alpha/runs/bulk/${job.id}`,
      'refused runs of a bulk job': `/team/alpha/runs/bulk/${job.id}?outcome=refused`,
      'bulk jobs': '/team/alpha/runs/bulk',
      'new run': '/team/alpha/runs/new?workflow=fails',
      'failed run': `/team/alpha/runs/${failed}`,
      'waiting run': `/team/alpha/runs/${waits}?view=graph`,
      'tasks and fields': `/team/alpha/runs/${failed}?view=tasks&side=run`,
      'former moment': `/team/alpha/runs/${failed}?v=5`,
      'no such page': '/team/alpha/nothing',
    });
  });
  afterAll(() => dashboard.stop());

  const variants = [
    { colorScheme: 'light', viewport: { width: 1360, height: 860 } },
    { colorScheme: 'dark', viewport: { width: 1360, height: 860 } },
    { colorScheme: 'light', viewport: { width: 360, height: 740 } },
    { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
  ] as const;

  it.each(variants)(
    'has nothing serious that axe finds, and is no wider than the window: $colorScheme, $viewport.width',
    async (variant) => {
      const { page, context, faults } = await dashboard.signedIn(undefined, { ...variant, bypassCSP: true });
      const found: Record<string, unknown> = {};
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(path);
        await page.locator('h1, h2').first().waitFor();
        await page.waitForFunction(() => document.querySelector('.loading') === null);
        await page.evaluate(axe);
        const violations = await page.evaluate<readonly Violation[]>('axe.run().then(({ violations }) => violations)');
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        if (serious.length > 0) {
          found[name] = serious.map(({ id, nodes }) => [
            id,
            nodes.slice(0, 3).map(({ target, failureSummary }) => [target, failureSummary]),
          ]);
        }
        const excess = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        if (excess > 0) found[`${name}: width`] = excess;
      }
      expect(found).toEqual({});
      expect(faults).toEqual([]);
      await context.close();
    },
  );
});
