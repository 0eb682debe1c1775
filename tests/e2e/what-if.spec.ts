import { describe, expect, it } from 'vitest';
import { expectAccessible, expectFlawless } from './expect-accessible.ts';
import { NO_BROWSER } from './harness.ts';
import { waitForStatus } from './steps.ts';
import { useApp } from './use-app.ts';

describe.skipIf(NO_BROWSER !== null)(`what if${NO_BROWSER === null ? '' : ` — ${NO_BROWSER}`}`, () => {
  const { page, hook, troubles } = useApp();
  const text = async (id: string): Promise<string> => (await hook(id).textContent()) ?? '';
  const painted = () => page().locator('[data-testid=row-scatter][data-painted]').waitFor();

  /** Draws an outline in shares of the picture. */
  async function outline(
    corners: readonly (readonly [number, number])[],
    beforeLettingGo: () => Promise<unknown>,
  ): Promise<void> {
    await hook('row-scatter').scrollIntoViewIfNeeded();
    const box = await hook('row-scatter').boundingBox();
    if (box === null) throw new Error('The scatter is not on the screen.');
    const [first, ...rest] = corners.map(([x, y]) => [box.x + x * box.width, box.y + y * box.height] as const);
    await page().mouse.move(first[0], first[1]);
    await page().mouse.down();
    for (const [x, y] of rest) await page().mouse.move(x, y, { steps: 6 });
    await beforeLettingGo();
    await page().mouse.up();
  }
  const RIGHT_PART = [
    [0.4, 0.05],
    [0.7, 0.05],
    [0.7, 0.82],
    [0.4, 0.82],
  ] as const;

  it('says what it is for while there is no study', { timeout: 60_000 }, async () => {
    await hook('nav-what-if').click();
    await page().getByText('Nothing to ask yet').waitFor();
    await expectAccessible(page());
  });

  it('shows the rows of a finished study and asks for a choice', { timeout: 120_000 }, async () => {
    await hook('nav-library').click();
    await hook('sample-run-breast-cancer').first().click();
    await waitForStatus(page(), 'Done');
    await page().keyboard.press('Control+5');
    await painted();
    expect(await text('rows-seen')).toContain('427 training rows');
    await page().getByText('What if some rows had not been there?').waitFor();
    await expectFlawless(page());
  });

  it('predicts while an outline is still being drawn', { timeout: 60_000 }, async () => {
    await outline(RIGHT_PART, () =>
      page().waitForFunction(() =>
        /[+−]?\d/.test(document.querySelector('[data-testid=figure-Newton]')?.textContent ?? ''),
      ),
    );
    await hook('what-if-size').waitFor();
    expect(await text('figure-influence')).toMatch(/^[+−]\d/);
    expect(await text('figure-Newton')).toMatch(/^[+−]\d/);
    expect(await text('figure-actual')).toBe('…');
    await hook('dose-words')
      .getByText(/Removing them whole/)
      .waitFor();
    await hook('spectrum-words')
      .getByText(/model’s curvature/)
      .waitFor();
    await expectFlawless(page());
  });

  it('retrains exactly on one click and says how far each prediction was off', { timeout: 60_000 }, async () => {
    await hook('retrain').click();
    await hook('certificate').waitFor();
    expect(await text('figure-actual')).toMatch(/^[+−]\d/);
    expect(await text('off-influence')).toMatch(/too (high|low)|exact/);
    expect(await text('off-Newton')).toMatch(/too (high|low)|exact/);
    expect(await text('certificate')).toMatch(/certified .*relative\s+gradient .*±/s);
    await hook('dose-retrain').click();
    await hook('dose-words')
      .getByText(/Retrained: /)
      .waitFor();
    await expectFlawless(page());
  });

  it('measures a test row that the study does not', { timeout: 60_000 }, async () => {
    await hook('what-if-test-row').fill('7');
    await page().keyboard.press('Enter');
    await hook('what-if-effects').getByText('test row 7', { exact: true }).waitFor();
    await page().waitForFunction(() =>
      /[+−]\d/.test(document.querySelector('[data-testid=figure-Newton]')?.textContent ?? ''),
    );
    await hook('what-if-test-row').fill('100000');
    await page()
      .getByText(/Test rows are numbered/)
      .waitFor();
    await hook('what-if-test-row').fill('');
  });

  it('goes back and forth between choices by the keyboard', { timeout: 60_000 }, async () => {
    const before = await text('what-if-size');
    await hook('row-scatter').focus();
    await page().keyboard.press('Escape');
    await page().getByText('What if some rows had not been there?').waitFor();
    await page().keyboard.press('Control+z');
    expect(await text('what-if-size')).toBe(before);
    await page().keyboard.press('Control+Shift+z');
    await page().getByText('What if some rows had not been there?').waitFor();
    // Without a pointer: the first row from the left, and the next but one.
    await hook('row-scatter').focus();
    for (const key of ['Home', 'Space', 'ArrowRight', 'ArrowRight', 'Space']) await page().keyboard.press(key);
    await hook('what-if-size')
      .getByText(/2 of 427/)
      .waitFor();
  });

  it('takes rows by conditions, by numbers and narrows them', { timeout: 60_000 }, async () => {
    await hook('what-if-by-filter').click();
    await hook('what-if-filter-choose').click();
    await hook('what-if-effects')
      .getByText(/By label is/)
      .waitFor();
    const all = await text('what-if-size');
    await hook('what-if-how').getByText('narrows').click();
    await hook('what-if-by-numbers').click();
    await hook('what-if-numbers').fill('0-99, 120');
    await page().keyboard.press('Enter');
    await page().waitForFunction(
      (was) => document.querySelector('[data-testid=what-if-size]')?.textContent !== was,
      all,
    );
    const size = Number(/Without (\d+)/.exec(await text('what-if-size'))?.[1]);
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThan(101);
    await hook('what-if-how').getByText('replaces').click();
  });

  it('gives a group of the study the effects that the study has stored', { timeout: 60_000 }, async () => {
    await hook('what-if-measurement').selectOption({ index: 0 });
    await hook('what-if-by-group').click();
    await hook('what-if-group').selectOption('study:90');
    await hook('what-if-effects')
      .getByText(/By group “/)
      .waitFor();
    await hook('retrain').click();
    await hook('certificate').waitFor();
    const shown = [await text('figure-influence'), await text('figure-Newton'), await text('figure-actual')];
    const wanted = await hook('what-if-measurement').inputValue();
    const [quantity, target] = wanted.split(' ');
    const id = await page().evaluate(() => location.hash.split('/')[2]?.split('?')[0] ?? '');
    await page().evaluate((to) => (location.hash = to), `#/compare/${id}?q=${quantity}&t=${target}&g=90`);
    await hook('group-panel').waitFor();
    const panel = (await hook('group-panel').textContent()) ?? '';
    for (const value of shown) expect(panel).toContain(value);
    // And back, with the group in hand.
    await hook('group-what-if').click();
    await painted();
    await hook('what-if-effects')
      .getByText(/By group “/)
      .waitFor();
  });

  it('keeps rows as a named group, and takes them into a new study', { timeout: 60_000 }, async () => {
    await hook('what-if-by-numbers').click();
    await hook('what-if-numbers').fill('5-24');
    await page().keyboard.press('Enter');
    await hook('what-if-size')
      .getByText(/20 of 427/)
      .waitFor();
    await hook('what-if-save-group').click();
    await hook('what-if-group-name').fill('The doubtful twenty');
    await page().keyboard.press('Enter');
    await page()
      .getByText(/Saved the group “The doubtful twenty”/)
      .waitFor();
    await hook('what-if-by-group').click();
    await page().locator('option', { hasText: 'The doubtful twenty (20 rows)' }).waitFor({ state: 'attached' });
    await hook('what-if-use').click();
    await hook('study-kept-groups')
      .getByText(/1 group written row by row \(20 rows in all\)/)
      .waitFor();
  });

  it('lists every row in a table that works without a pointer', { timeout: 60_000 }, async () => {
    await page().keyboard.press('Control+5');
    await painted();
    await hook('what-if-size')
      .getByText(/20 of 427/)
      .waitFor();
    await hook('what-if-clear').click();
    await page().getByTestId('what-if-shown').getByText('Table').click();
    await hook('what-if-rows').getByRole('button', { name: 'Loss' }).click();
    await hook('what-if-rows').getByRole('checkbox').first().focus();
    await page().keyboard.press('Space');
    await hook('what-if-size')
      .getByText(/1 of 427/)
      .waitFor();
    await expectFlawless(page());
    await hook('theme-toggle').click();
    await expectAccessible(page());
    expect(troubles()).toEqual([]);
  });
});
