/** A study with analyses and every estimator in a real browser, over the real engine: asked for in the form, read in the window. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectFlawless } from './expect-accessible.ts';
import { NO_BROWSER } from './harness.ts';
import { waitForStatus } from './steps.ts';
import { useApp } from './use-app.ts';

const KINDS = ['doseResponse', 'pairs', 'shapley', 'largestGroup'] as const;
const SIZES = [
  [1280, 800, 'light'],
  [1280, 800, 'dark'],
  [1920, 1080, 'light'],
  [1920, 1080, 'dark'],
] as const;

describe.skipIf(NO_BROWSER !== null)(`analyses${NO_BROWSER === null ? '' : ` — ${NO_BROWSER}`}`, () => {
  const { hook, page, troubles } = useApp();

  async function picture(name: string): Promise<void> {
    const folder = process.env['LEVERAGE_PICTURES'];
    if (folder) await page().screenshot({ path: join(folder, `${name}.png`) });
  }

  it('are ticked in the form, with the further estimators, and computed after the groups', async () => {
    await hook('nav-study').click();
    const form = hook('study-form');
    await form.waitFor();
    const breast = hook('study-dataset').locator('option', { hasText: 'Breast Cancer' });
    await hook('study-dataset').selectOption((await breast.getAttribute('value')) ?? '');
    await form.getByLabel('sizes', { exact: true }).fill('6');
    for (const title of ['Second-order influence', 'Rescaled influence', 'Two Newton steps', 'Three Newton steps'])
      await form.getByLabel(title).check();
    for (const title of ['Dose–response', 'Pairs of groups', 'Shapley values', 'Most influential rows'])
      await hook('study-analyses').getByLabel(title).check();
    await hook('study-analyses').scrollIntoViewIfNeeded();
    await picture('analyses-form');
    await hook('run-study').click();
    await waitForStatus(page(), 'Done');
    expect(await hook('study-progress').textContent()).toContain('Analyses');
  });

  it('are cards of a view of the study: a chart, a sentence of reading, the numbers', async () => {
    await hook('nav-analyses').click();
    await hook('analyses-view').waitFor();
    for (const kind of KINDS) {
      const card = hook(`analysis-${kind}`);
      await card.locator('svg[role=img]').waitFor();
      expect((await hook(`reading-${kind}`).textContent())?.length).toBeGreaterThan(60);
      expect(await card.locator('svg[role=img] title').count()).toBeGreaterThan(5);
      await card.getByText('Numbers', { exact: true }).click();
      expect(await hook(`numbers-${kind}`).locator('tbody tr').count()).toBeGreaterThan(3);
      await card.getByText('Numbers', { exact: true }).click();
    }
    // Twelve groups: 66 pairs, of which the table shows the forty furthest from their sum.
    expect(await hook('analysis-pairs').locator('rect').count()).toBeGreaterThan(144);
  });

  it.each(SIZES)('are accessible and fit a window of %i × %i (%s)', async (width, height, scheme) => {
    await page().setViewportSize({ width, height });
    await page().emulateMedia({ colorScheme: scheme });
    const view = hook('analyses-view');
    await view.waitFor();
    await page().waitForTimeout(300);
    await expectFlawless(page());
    expect(await view.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
    await picture(`analyses-${width}-${scheme}`);
    await hook('analysis-largestGroup').scrollIntoViewIfNeeded();
    await picture(`analyses-${width}-${scheme}-below`);
    await view.evaluate((element) => element.scrollTo(0, 0));
  });

  it('open the group that a row of numbers names', async () => {
    const card = hook('analysis-shapley');
    await card.getByText('Numbers', { exact: true }).click();
    await card.locator('tbody button').first().click();
    await hook('group-panel').waitFor();
    await hook('group-panel-close').click();
  });

  it('stand beside the ladder of estimators, which recommends the cheapest within what is typed', async () => {
    await page().setViewportSize({ width: 1280, height: 800 });
    await page().emulateMedia({ colorScheme: 'light' });
    await hook('nav-compare').click();
    await hook('ladder').locator('summary').click();
    await hook('ladder').locator('svg[role=img]').waitFor();
    await hook('ladder-within').fill('0.0000001');
    await expect.poll(() => hook('ladder-words').textContent()).toMatch(/Test loss\. .*: actual/);
    await hook('ladder-within').fill('100000');
    await expect.poll(() => hook('ladder-words').textContent()).not.toContain('actual (');
    await hook('ladder-within').fill('5');
    expect(await hook('ladder-table').locator('tbody tr').count()).toBe(7);
    await hook('ladder').scrollIntoViewIfNeeded();
    await expectFlawless(page());
    for (const [width, height, scheme] of SIZES) {
      await page().setViewportSize({ width, height });
      await page().emulateMedia({ colorScheme: scheme });
      await page().waitForTimeout(300);
      await hook('ladder').evaluate((card) => card.scrollIntoView({ block: 'start' }));
      await picture(`ladder-${width}-${scheme}`);
    }
  });

  it('can be of groups that are added, and the window says so', async () => {
    await page().setViewportSize({ width: 1280, height: 800 });
    await page().emulateMedia({ colorScheme: 'light' });
    await hook('nav-study').click();
    await hook('study-form').waitFor();
    await hook('study-form').getByLabel('sizes', { exact: true }).fill('4');
    await hook('study-effect').getByText('added').click();
    await hook('run-study').click();
    await waitForStatus(page(), 'Done');
    await hook('open-compare').click();
    const note = page().getByText('counting the group once more raises it');
    await note.waitFor();
    await picture('adding-1280-light');
    expect(await page().getByText('removing the group raises it').count()).toBe(0);
    expect(troubles()).toEqual([]);
  });
});
