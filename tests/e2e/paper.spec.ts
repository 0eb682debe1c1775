/** The gallery of the paper's figures in a real browser, over the fake engine. */
import { describe, expect, it } from 'vitest';
import { NO_CHROMIUM, useBuiltWindow } from './built-window.ts';
import { expectFlawless } from './expect-accessible.ts';

describe.skipIf(NO_CHROMIUM)('the paper', () => {
  const { hook, open: openWith, page } = useBuiltWindow('paper');
  const open = (hash = '#/paper') => openWith('store=full', hash);

  it.each([
    [1280, 800, 'light'],
    [1920, 1080, 'dark'],
  ] as const)('is accessible and fits a window of %i × %i (%s)', async (width, height, scheme) => {
    await page().setViewportSize({ width, height });
    await page().emulateMedia({ colorScheme: scheme });
    await open();
    await hook('paper-1').waitFor();
    await expectFlawless(page());
    await hook('paper-1').click();
    await hook('paper-claims').waitFor();
    await expectFlawless(page());
    const overflow = await hook('paper-figure').evaluate((view) => view.scrollWidth - view.clientWidth);
    expect(overflow).toBe(0);
  });

  it('tells of each claim what the paper says, what was found and whether it is met', async () => {
    await open('#/paper/1');
    const rows = page().getByTestId('paper-claim');
    await rows.first().waitFor();
    const words = (await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
    expect(words[0]).toContain('ρ = .89–.99 ρ = .937 met');
    expect(words[1]).toContain('not run');
  });

  it('opens a figure as a study that can be changed, with the paper’s settings', async () => {
    await open('#/paper/1');
    await hook('paper-dataset')
      .selectOption({ label: 'Diabetes' })
      .catch(() => undefined);
    await hook('paper-open').click();
    await hook('study-form').waitFor();
    expect(await hook('study-name').inputValue()).toMatch(/^Paper: .*seven kinds of groups$/);
    await hook('run-study').click();
    await hook('study-progress').waitFor();
    await page().evaluate(() => (location.hash = '#/paper/1'));
    await expect
      .poll(() => page().getByRole('list', { name: 'Studies of this figure' }).innerText())
      .toContain('Paper: ');
  });

  it('offers to generate data that a figure needs and the library has not', async () => {
    await open('#/paper/4-left');
    await hook('paper-generate').waitFor();
    expect(await hook('paper-run').isDisabled()).toBe(true);
  });

  it('says so for a figure that the paper has not', async () => {
    await open('#/paper/17');
    await expect.poll(() => page().locator('main').innerText()).toContain('No such figure');
  });
});
