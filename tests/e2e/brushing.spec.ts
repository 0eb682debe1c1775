import { parse } from 'csv-parse/sync';
import type { Locator } from 'playwright';
import { describe, expect, it } from 'vitest';
import { evaluationsFor, generateStore } from '../bench/generated-store.ts';
import { expectAccessible } from './expect-accessible.ts';
import { NO_BROWSER } from './harness.ts';
import { contentOf } from './steps.ts';
import { useApp } from './use-app.ts';

describe.skipIf(NO_BROWSER !== null)(`brushing${NO_BROWSER === null ? '' : ` — ${NO_BROWSER}`}`, () => {
  const { page, troubles } = useApp({
    prepare: (home) => {
      const createdAt = '2026-01-01T00:00:00.000Z';
      return generateStore(home, [
        {
          id: 'panels',
          name: 'Fourteen panels',
          groupCount: 1700,
          evaluations: evaluationsFor(14),
          relativeL2: 1e-3,
          seed: 1,
          createdAt,
          groups: 'constructed',
        },
        {
          id: 'points',
          name: 'Single points',
          groupCount: 100_000,
          evaluations: evaluationsFor(1),
          relativeL2: 1e-3,
          seed: 2,
          createdAt,
          groups: 'single',
        },
      ]);
    },
  });

  const go = async (hash: string, panels: number): Promise<void> => {
    await page().evaluate((to) => (location.hash = to), hash);
    await page()
      .locator('[data-painted]')
      .nth(panels - 1)
      .waitFor();
    // Nothing moves any more once the last layout has been painted.
    await page().waitForTimeout(300);
  };

  /** Draws a box over the upper right part of a chart. */
  async function drag(chart: Locator, { shift = false, lower = 0.5 } = {}): Promise<void> {
    const box = await chart.boundingBox();
    if (box === null) throw new Error('The chart is not on the screen.');
    if (shift) await page().keyboard.down('Shift');
    await page().mouse.move(box.x + box.width - 16, box.y + 12);
    await page().mouse.down();
    await page().mouse.move(box.x + box.width / 2, box.y + box.height / 3, { steps: 5 });
    await page().mouse.move(box.x + 64, box.y + lower * box.height, { steps: 5 });
    await page().mouse.up();
    if (shift) await page().keyboard.up('Shift');
  }

  const marked = async (): Promise<number> => {
    const heading = page().getByTestId('marked-panel').getByRole('heading', { level: 2 });
    return Number(((await heading.textContent()) ?? '').replace(/\D/g, ''));
  };

  /** Pixels with anything on them in each panel's layer of marked groups. */
  const lit = (): Promise<number[]> =>
    page().evaluate(() =>
      [...document.querySelectorAll('[data-painted]')].map((panel) => {
        const canvas = panel.querySelectorAll('canvas')[2];
        const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
        let count = 0;
        for (let i = 3; i < pixels.length; i += 4) if (pixels[i]! > 0) count++;
        return count;
      }),
    );

  it('opens everything that was measured: fourteen panels of 1,700 groups', async () => {
    await go('#/compare/panels', 3);
    await page().getByTestId('quantity-select').getByText('All', { exact: true }).click();
    await page().getByTestId('target-select').getByText('All', { exact: true }).click();
    await expect.poll(() => page().locator('[data-painted="1700"]').count()).toBe(14);
    expect(new URL(page().url()).hash).toContain('layout=all');
  });

  it('marks the same groups in every panel, the list and the rows they share', async () => {
    await drag(page().getByTestId('panel-loss-3-influence-actual').getByRole('application'));
    await page().getByTestId('marked-panel').waitFor();
    const count = await marked();
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(1700);
    await expect.poll(async () => (await lit()).filter((pixels) => pixels > 0).length).toBe(14);
    await page().getByTestId('marked-panel').getByTestId('member-row').first().waitFor();
    await expectAccessible(page());
  });

  it('adds to the marks with Shift, and undoes and redoes step by step', async () => {
    const first = await marked();
    await drag(page().getByTestId('panel-margin-10-influence-actual').getByRole('application'), {
      shift: true,
      lower: 0.7,
    });
    await expect.poll(marked).toBeGreaterThan(first);
    const second = await marked();
    await page().keyboard.press('Control+z');
    await expect.poll(marked).toBe(first);
    await page().keyboard.press('Control+Shift+z');
    await expect.poll(marked).toBe(second);
    await page().getByTestId('undo').click();
    await expect.poll(marked).toBe(first);
  });

  it('lists the marked groups in the table, and opens one by a click in the list', async () => {
    const count = await marked();
    await page().getByRole('button', { name: 'Table of the groups' }).click();
    await expect.poll(() => page().getByTestId('groups-table').getAttribute('aria-rowcount')).toBe(String(count + 1));
    await page().getByRole('button', { name: 'Chart', exact: true }).click();
    const entry = page().getByTestId('marked-group').first();
    await entry.hover();
    // Pointing at it in the list rings it in every panel.
    await expect.poll(() => page().locator('[data-hovered-at]').count()).toBe(14);
    const name = await entry.locator('.cut').textContent();
    await entry.click();
    await page().getByTestId('group-panel').waitFor();
    expect(await page().getByTestId('group-panel').getByRole('heading', { level: 2 }).textContent()).toBe(name);
    await page().getByTestId('group-panel-close').click();
    await page().getByTestId('marked-clear').click();
    await page().getByTestId('marked-panel').waitFor({ state: 'detached' });
    expect((await lit()).every((pixels) => pixels === 0)).toBe(true);
  });

  it('marks by keyboard: Shift with the arrows, Space one by one, Escape clears', async () => {
    await page().getByTestId('panel-loss-3-influence-actual').getByRole('application').focus();
    await page().keyboard.press('End');
    for (let k = 0; k < 4; k++) await page().keyboard.press('Shift+ArrowLeft');
    await expect.poll(marked).toBe(5);
    await page().keyboard.press('Space');
    await expect.poll(marked).toBe(4);
    await page().keyboard.press('Escape');
    await page().getByTestId('marked-panel').waitFor({ state: 'detached' });
  });

  async function saved(item: string): Promise<Buffer> {
    await page().getByTestId('export-influence-actual').click();
    const [download] = await Promise.all([
      page().waitForEvent('download'),
      page().getByRole('menuitem', { name: item }).click(),
    ]);
    return contentOf(download);
  }

  it('saves exactly what is plotted, as numbers and as a picture of twice the size', async () => {
    await go('#/compare/panels?q=loss&t=10', 3);
    await page().getByTestId('legend-random').click();
    const records = parse<Record<string, string>>(await saved('Plotted numbers (CSV)'), { columns: true });
    const shown = Number(
      await page().getByTestId('panel-influence-actual').locator('[data-painted]').getAttribute('data-painted'),
    );
    expect(records).toHaveLength(shown);
    expect(new Set(records.map((record) => record['constructor']))).not.toContain('random');
    expect(records[0]).toMatchObject({ study: 'Fourteen panels', quantity: 'loss', target: '10', marked: 'false' });
    expect(Number.isFinite(Number(records[0]?.['actual']))).toBe(true);
    const svg = (await saved('Drawing (SVG)')).toString();
    expect(svg.match(/<path [^>]*opacity="0.78"/g)).toHaveLength(shown);
    expect(svg).toContain('change of test loss when the group is removed');
    const png = await saved('Picture (PNG, 2×)');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1280, 1280]);
    await page().getByRole('button', { name: 'Show all' }).click();
  });

  it('copies the picture', async () => {
    await page().context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page().getByTestId('export-influence-actual').click();
    await expect.poll(() => page().evaluate(() => document.activeElement?.textContent)).toBe('Picture (PNG, 2×)');
    await page().keyboard.press('End');
    expect(await page().evaluate(() => document.activeElement?.textContent)).toBe('Copy the picture');
    await page().keyboard.press('Enter');
    await expect
      .poll(() => page().getByTestId('notice').allTextContents())
      .toContainEqual(expect.stringContaining('The chart is on the clipboard.'));
    const types = await page().evaluate(async () => (await navigator.clipboard.read()).flatMap((item) => item.types));
    expect(types).toContain('image/png');
  });

  it('draws and brushes 100,000 single points', async () => {
    await go('#/compare/points', 3);
    expect(await page().locator('[data-painted="100000"]').count()).toBe(3);
    await drag(page().getByTestId('panel-influence-actual').getByRole('application'));
    await expect.poll(marked).toBeGreaterThan(1000);
    await expect.poll(async () => (await lit()).filter((pixels) => pixels > 0).length).toBe(3);
  });

  it('never asked for anything of another machine, nor broke its own rules', () => {
    expect(troubles()).toEqual([]);
  });
});
