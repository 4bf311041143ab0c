import type { Page } from 'playwright-core';

/** What has the focus, by its accessible name. */
async function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    const label =
      element instanceof HTMLInputElement ||
      element instanceof HTMLSelectElement ||
      element instanceof HTMLTextAreaElement
        ? element.labels?.[0]?.textContent
        : null;
    return (element?.getAttribute('aria-label') ?? label ?? element?.textContent ?? '').trim();
  });
}

/** Presses Tab until something of this name has the focus, as someone without a mouse does. */
export async function tabTo(page: Page, name: RegExp, most = 120): Promise<void> {
  for (let press = 0; press < most; press++) {
    if (name.test(await focused(page))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${String(name)} in ${most} steps; the focus is on ${await focused(page)}`);
}
