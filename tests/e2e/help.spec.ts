/** The help: opened as a person would, from the rail, by F1, by a question mark, from the palette. */
import { describe, expect, it } from 'vitest';
import { eventually, NO_CHROMIUM, useBuiltWindow } from './built-window.ts';
import { expectAccessible } from './expect-accessible.ts';

describe.skipIf(NO_CHROMIUM)('the help', () => {
  const { hook, open: openWith, page } = useBuiltWindow('help');

  const open = (hash: string, store = 'full') => openWith(`store=${store}&rate=40`, hash);
  const title = () => hook('help-panel').locator('h2').textContent();

  it.each(['light', 'dark'] as const)('opens on the view that is shown, and is accessible (%s)', async (scheme) => {
    await page().emulateMedia({ colorScheme: scheme });
    await open('#/compare/s-1');
    await hook('panel-influence-actual').waitFor();
    await hook('nav-help').click();
    await eventually(title).toBe('Compare');
    await expectAccessible(page());
    await hook('help-contents').click();
    await eventually(title).toBe('All topics');
    await expectAccessible(page());
    await hook('help-close').click();
    await eventually(() => hook('help-panel').count()).toBe(0);
  });

  it('opens and closes by F1, and gives the keyboard back', async () => {
    await open('#/compare/s-1');
    const chart = hook('panel-influence-actual').getByRole('application');
    await chart.focus();
    await page().keyboard.press('F1');
    await eventually(title).toBe('Compare');
    expect(await page().evaluate(() => document.activeElement?.textContent)).toBe('Compare');
    await page().keyboard.press('Escape');
    await eventually(() => hook('help-panel').count()).toBe(0);
    expect(await chart.evaluate((node) => node === document.activeElement)).toBe(true);
    await page().keyboard.press('F1');
    await hook('help-panel').waitFor();
    await page().keyboard.press('F1');
    await eventually(() => hook('help-panel').count()).toBe(0);
  });

  it('explains a chart from its question mark, leads on and back', async () => {
    await open('#/compare/s-1');
    await hook('panel-influence-actual').getByRole('button', { name: 'Help: Scatters of groups' }).click();
    await eventually(title).toBe('Scatters of groups');
    await hook('help-panel').getByText('y = x: on it the estimate is exact.').waitFor();
    await hook('help-topic-surprising').click();
    await eventually(title).toBe('What a surprising point may mean');
    await hook('help-back').click();
    await eventually(title).toBe('Scatters of groups');
    // The chart beside it stays in use.
    const chart = hook('panel-influence-actual').getByRole('application');
    await chart.focus();
    await page().keyboard.press('End');
    await hook('scatter-tooltip').waitFor();
  });

  it('is found from the palette by words of its text', async () => {
    await open('#/library');
    await page().keyboard.press('Control+k');
    await page().getByRole('combobox').fill('underestimates tangent');
    await eventually(() => page().getByRole('option').count()).toBe(0);
    await page().getByRole('combobox').fill('effect bound');
    await page().keyboard.press('Enter');
    await eventually(title).toBe('Certificate and effect bound');
  });

  it('searches all its topics', async () => {
    await open('#/library');
    await page().keyboard.press('F1');
    await eventually(title).toBe('Library');
    await hook('help-contents').click();
    await hook('help-search').fill('Shapley');
    await hook('help-found').getByRole('button', { name: 'Shapley values of groups' }).click();
    await eventually(title).toBe('Shapley values of groups');
    await hook('help-contents').click();
    await hook('help-search').fill('nothing like it');
    await hook('help-panel').getByText('No topic mentions').waitFor();
  });
});
