import { describe, expect, it } from 'vitest';
import { expectAccessible } from './expect-accessible.ts';
import { NO_BROWSER } from './harness.ts';
import { clickAMark, waitForStatus } from './steps.ts';
import { useApp } from './use-app.ts';

describe.skipIf(NO_BROWSER !== null)(`theory in the window${NO_BROWSER === null ? '' : ` — ${NO_BROWSER}`}`, () => {
  const { page, troubles } = useApp({ patienceMs: 120_000 });

  it('draws the cone, says why a group is off, and leads to its nearest groups', { timeout: 240_000 }, async () => {
    await page().getByTestId('nav-library').click();
    await page().getByTestId('sample-run-breast-cancer').click();
    await waitForStatus(page(), 'Done');
    await page().getByTestId('open-compare').click();
    await page().locator('[data-painted]').first().waitFor();
    await page().evaluate(() => (location.hash += location.hash.includes('?') ? '&q=selfLoss' : '?q=selfLoss'));
    await page().getByTestId('panel-influence-newton').getByTestId('cone').waitFor();
    expect(await page().getByTestId('cone').count()).toBe(1);
    expect(await page().getByTestId('cone-note').textContent()).toMatch(/Proposition 3.*s = σmax\/λ/s);

    await clickAMark(page(), page().getByTestId('panel-influence-actual'));
    await page().getByTestId('leverage-spectrum').waitFor();
    const parts = page().getByTestId('error-parts').locator('tr');
    const values = await parts
      .locator('td.value')
      .evaluateAll((cells) => cells.map((cell) => Number((cell.getAttribute('title') ?? '').replaceAll('−', '-'))));
    const total = values.at(-1)!;
    const sum = values.slice(0, -1).reduce((all, value) => all + value, 0);
    // Parts that are rounding are left out.
    expect(Math.abs(sum - total)).toBeLessThan(1e-5 * Math.max(...values.map(Math.abs)));
    expect(await page().getByTestId('why-off').textContent()).toMatch(/retraining/);
    expect(await page().getByTestId('newton-bound').textContent()).toMatch(/times less/);
    await expectAccessible(page());

    const before = await page().getByTestId('group-panel').locator('h2').textContent();
    await page().getByTestId('nearest-groups').locator('button').first().click();
    await expect.poll(() => page().getByTestId('group-panel').locator('h2').textContent()).not.toBe(before);
    await page().getByTestId('leverage-spectrum').waitFor();

    await page().getByTestId('theory-table').locator('summary').click();
    expect(await page().getByTestId('theory-table').locator('dl').textContent()).toMatch(/σmax.*bound ÷ error/s);
    expect(troubles()).toEqual([]);
  });
});
