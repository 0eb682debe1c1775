/** Attribution as a person does it, in a real browser over the real engine, on the digits. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectFlawless } from './expect-accessible.ts';
import { NO_BROWSER } from './harness.ts';
import { useApp } from './use-app.ts';

const SIZES = [
  [1280, 800, 'light'],
  [1280, 800, 'dark'],
  [1920, 1080, 'light'],
  [1920, 1080, 'dark'],
] as const;

describe.skipIf(NO_BROWSER !== null)(`attribution${NO_BROWSER === null ? '' : ` — ${NO_BROWSER}`}`, () => {
  const { hook, page, troubles, restart } = useApp();

  async function looksRight(name: string): Promise<void> {
    const folder = process.env['LEVERAGE_PICTURES'];
    for (const [width, height, scheme] of SIZES) {
      await page().setViewportSize({ width, height });
      await page().emulateMedia({ colorScheme: scheme });
      await page().waitForTimeout(250);
      await expectFlawless(page());
      const view = hook('attribution');
      await view.evaluate((element) => element.scrollTo(0, 0));
      expect(await view.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
      if (folder) await page().screenshot({ path: join(folder, `${name}-${width}-${scheme}.png`) });
    }
    await page().setViewportSize({ width: 1280, height: 800 });
    await page().emulateMedia({ colorScheme: 'light' });
  }

  const tab = (name: string) => hook('attribution-tab').getByText(name, { exact: true }).click();
  async function compute(): Promise<void> {
    await expect.poll(() => hook('attribution-plan').textContent()).toContain('of memory');
    await hook('attribution-run').click();
  }

  it('opens by Ctrl 7 on a dataset, says that nothing is computed yet, and plans the memory', async () => {
    await hook('dataset-row').nth(1).waitFor();
    await page().keyboard.press('Control+7');
    await hook('attribution').waitFor();
    const digits = hook('attribution-dataset').locator('option', { hasText: /digits/i });
    await hook('attribution-dataset').selectOption((await digits.getAttribute('value')) ?? '');
    await page().getByText('Nothing computed here yet').waitFor();
    await expect.poll(() => hook('attribution-plan').textContent()).toMatch(/650\s+parameters/);
    await looksRight('attribution-empty');
  });

  it('shows the training rows that help and harm a test row, by every method', async () => {
    await hook('ask-test-rows').fill('1');
    await compute();
    await hook('points-method-influence').waitFor();
    expect(await hook('points-target').count()).toBe(7);
    expect(await page().getByText('Positive: removing it raises the loss, so the row helps.').count()).toBe(1);
    const rows = hook('points-method-influence').getByTestId('ranked-row');
    expect(await rows.count()).toBe(10);
    expect(await rows.locator('canvas').count()).toBe(10);
    expect(await rows.first().textContent()).toContain('+');
    expect(await rows.last().textContent()).toContain('−');
    await hook('points-target').nth(1).click();
    await expect.poll(() => hook('points-row').textContent()).not.toContain('Test row 1 ');
    await looksRight('attribution-points');
  });

  it('says what is wrong with a row that is not there, and starts nothing', async () => {
    await hook('ask-test-rows').fill('99999');
    await expect.poll(() => hook('attribution-plan').textContent()).toContain('no test row 99999');
    expect(await hook('attribution-run').isDisabled()).toBe(true);
    await hook('ask-test-rows').fill('');
  });

  it('can be cancelled while it computes', async () => {
    await page()
      .getByText(/^Methods \(/)
      .click();
    await hook('ask-method-downsampling').check();
    await compute();
    await hook('attribution-cancel').click();
    await hook('attribution-run').waitFor();
    expect(await hook('kept-run').count()).toBe(1);
  });

  it('holds the methods against retraining: a sentence, a chart, a table', async () => {
    await tab('Shoot-out');
    // One Newton step takes a solve of its own per removal: too long for a test.
    await page()
      .getByText(/^Methods \(/)
      .click();
    await hook('ask-method-newton').uncheck();
    await hook('ask-points').fill('40');
    await hook('ask-groups').fill('12');
    await hook('ask-flip').fill('10');
    await compute();
    await hook('shoot-out-table').waitFor();
    expect(await hook('shoot-out-reading').textContent()).toContain('Best value');
    await hook('shoot-out-chart').locator('svg[role=img]').waitFor();
    expect(await hook('shoot-out-table').locator('tbody tr').count()).toBe(6);
    const exact = hook('shoot-out-table').locator('tbody tr').first();
    expect(await exact.textContent()).toContain('Leave-one-out');
    await looksRight('attribution-shoot-out');
  });

  it('finds flipped labels, puts them right, and shows the test rows before and after; undo takes it back', async () => {
    await tab('Clean');
    await hook('ask-flip').fill('10');
    await compute();
    await hook('suspects').waitFor();
    await expect.poll(() => hook('clean-found').textContent()).toMatch(/^(8|9|10)\d?/);
    await hook('suspect-drop').first().click();
    expect(await hook('clean-changes').textContent()).toContain('1 row dropped');
    await page().keyboard.press('Control+z');
    await expect.poll(() => hook('clean-changes').textContent()).toContain('0 rows dropped');
    await hook('clean-first').fill('140');
    await hook('clean-relabel-first').click();
    await hook('clean-retrain').click();
    await hook('clean-outcome').waitFor();
    expect(await hook('clean-outcome').textContent()).toMatch(/Accuracy \+\S+ points, loss −/);
    await looksRight('attribution-clean');
    await hook('clean-undo').click();
    await hook('clean-take-marks').waitFor();
  });

  it('has everything still after a restart, without computing', async () => {
    expect(troubles()).toEqual([]);
    const here = page().url().replace(/.*#/, '#');
    await restart();
    await page().evaluate((hash) => (location.hash = hash), here);
    await hook('suspects').waitFor();
    await hook('clean-outcome').waitFor();
    await tab('Points');
    await hook('points-method-influence').waitFor();
    await tab('Shoot-out');
    await hook('shoot-out-table').waitFor();
    expect(troubles()).toEqual([]);
  });
});
