/** The window in a real browser over the fake engine, under the app's own content policy: what a person sees and does. */
import { describe, expect, it } from 'vitest';
import { CONSTRUCTORS } from '../../src/shared/quantities.ts';
import { eventually, NO_CHROMIUM, useBuiltWindow } from './built-window.ts';
import { expectAccessible } from './expect-accessible.ts';

describe.skipIf(NO_CHROMIUM)('the window', () => {
  const { hook, open: openWith, page } = useBuiltWindow('window');

  const open = (hash: string, store = 'full', rate = 40) => openWith(`store=${store}&rate=${rate}`, hash);

  it.each([
    ['#/library/d-diabetes', 'dataset-detail', 'light'],
    ['#/library/d-digits', 'dataset-detail', 'dark'],
    ['#/study', 'study-form', 'light'],
    ['#/study/s-2', 'study-progress', 'dark'],
    ['#/compare/s-1?g=700', 'members-table', 'light'],
    ['#/compare/s-1?layout=quantities', 'panel-loss-newton-actual', 'dark'],
    ['#/compare/s-1?show=table', 'groups-table', 'dark'],
    ['#/history/s-5', 'provenance', 'light'],
    ['#/history/s-1', 'provenance', 'dark'],
  ] as const)('has nothing seriously inaccessible at %s (%s, %s)', async (hash, shown, scheme) => {
    await page().emulateMedia({ colorScheme: scheme });
    await open(hash);
    await hook(shown).first().waitFor();
    await expectAccessible(page());
  });

  it('runs a sample with one click and shows groups as they are retrained', async () => {
    await open('#/library', 'empty', 4000);
    await hook('sample-run-breast-cancer').click();
    await hook('progress-groups').waitFor();
    await eventually(() => hook('progress-groups').textContent()).toMatch(/^1.700 of 1.700 groups$/);
    await hook('open-compare').click();
    for (const pair of ['influence-actual', 'newton-actual', 'influence-newton']) {
      await eventually(() => hook(`agreement-${pair}`).textContent()).toMatch(/^ρ [=>] .*same\ssign/);
    }
  });

  it('cancels and resumes a running study', async () => {
    await open('#/study/s-2');
    await hook('cancel-study').click();
    await hook('resume-study').waitFor();
    const kept = await hook('progress-groups').textContent();
    await hook('resume-study').click();
    await hook('cancel-study').waitFor();
    await eventually(() => hook('progress-groups').textContent()).not.toBe(kept);
  });

  it('shows the form’s sections while the datasets are still being read', async () => {
    await open('#/study', 'slow');
    await hook('study-form-skeleton').getByText('Groups to remove').waitFor();
    await eventually(() => hook('status-bar').textContent()).toContain('starting…');
    await expectAccessible(page());
    await hook('study-form').waitFor();
    await eventually(() => hook('status-bar').textContent()).toContain('float64');
  });

  it('keeps the groups of a study that is duplicated where the form has no fields for them', async () => {
    await open('#/study?from=s-3');
    await hook('study-kept-groups').waitFor();
    expect(await hook('study-kept-groups').textContent()).toMatch(/column “race”.*Constructed: Random/);
    await hook('run-study').click();
    await hook('study-progress').waitFor();
  });

  it('sets one quantity on every test row beside each other', async () => {
    await open('#/compare/s-1');
    await hook('target-select').getByText('All', { exact: true }).click();
    await eventually(() => page().locator('[data-testid^="panel-"]').count()).toBe(6);
    await expectAccessible(page());
    await hook('quantity-select').getByText('Self-loss').click();
    await eventually(() => page().locator('[data-testid^="panel-"]').count()).toBe(3);
  });

  it('keeps the tooltip off the group’s marks in every panel', async () => {
    await open('#/compare/s-1?g=700');
    await hook('members-table').waitFor();
    for (const pair of ['influence-actual', 'newton-actual', 'influence-newton']) {
      const chart = hook(`panel-${pair}`).getByRole('application');
      await chart.focus();
      await page().keyboard.press('End');
      for (const key of ['ArrowLeft', 'PageDown', 'PageDown']) {
        await page().keyboard.press(key);
        await hook('scatter-tooltip').waitFor();
        const covered = await page().evaluate(() => {
          const tooltip = document.querySelector('[data-testid=scatter-tooltip]')!.getBoundingClientRect();
          const rings = [...document.querySelectorAll<HTMLElement>('[data-hovered-at]')].map((node) => {
            const [x = 0, y = 0] = node.dataset.hoveredAt!.split(',').map(Number);
            const at = node.getBoundingClientRect();
            return { x: at.left + x, y: at.top + y };
          });
          const inside = rings.filter(
            ({ x, y }) => x > tooltip.left && x < tooltip.right && y > tooltip.top && y < tooltip.bottom,
          );
          return { rings: rings.length, inside: inside.length };
        });
        expect(covered).toEqual({ rings: 3, inside: 0 });
      }
    }
  });

  it('opens a group from the keyboard, marks it in the URL and keeps it after a reload', async () => {
    await open('#/compare/s-1');
    const chart = hook('panel-influence-actual').getByRole('application');
    await chart.focus();
    await page().keyboard.press('End');
    await hook('scatter-tooltip').waitFor();
    await page().keyboard.press('ArrowLeft');
    await page().keyboard.press('Enter');
    await hook('member-row').first().waitFor();
    const title = await hook('group-panel').locator('h2').textContent();
    expect(new URL(page().url()).hash).toMatch(/g=\d+/);
    await page().reload();
    await hook('group-panel').waitFor();
    expect(await hook('group-panel').locator('h2').textContent()).toBe(title);
    await hook('group-panel-close').click();
    expect(new URL(page().url()).hash).not.toContain('g=');
  });

  it('names the mark under the pointer in every digit, and selects it by a click', async () => {
    await open('#/compare/s-1?axes=symlog');
    const box = (await hook('panel-newton-actual').getByRole('application').boundingBox())!;
    for (let share = 0.3; share < 0.9 && !(await hook('scatter-tooltip').isVisible()); share += 0.02) {
      await page().mouse.move(
        box.x + 54 + share * (box.width - 68),
        box.y + box.height - 42 - share * (box.height - 52),
      );
    }
    const named = await hook('scatter-tooltip').textContent();
    expect(named).toMatch(/\d\.\d{8,}/);
    await page().mouse.down();
    await page().mouse.up();
    await hook('group-panel').waitFor();
    expect(named).toContain(await hook('group-panel').locator('h2').textContent());
  });

  it('marks the groups inside a dragged box, in the table too', async () => {
    await open('#/compare/s-1');
    const box = (await hook('panel-influence-actual').getByRole('application').boundingBox())!;
    await page().mouse.move(box.x + 60, box.y + 20);
    await page().mouse.down();
    await page().mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 4 });
    await page().mouse.move(box.x + box.width - 10, box.y + box.height * 0.4, { steps: 4 });
    await page().mouse.up();
    const marked = page().getByRole('button', { name: /marked · clear/ });
    const count = Number((await marked.textContent())!.replace(/\D/g, ''));
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(1700);
    await page().getByRole('button', { name: 'Table of the groups' }).click();
    expect(await hook('groups-table').getAttribute('aria-rowcount')).toBe(String(count + 1));
  });

  it('hides a family of groups from the legend, and never the last', async () => {
    await open('#/compare/s-1?show=table');
    await hook('legend-random').click();
    await eventually(() => hook('groups-table').getAttribute('aria-rowcount')).toBe('1601');
    for (const family of CONSTRUCTORS.slice(1)) await hook(`legend-${family}`).click();
    // Large negative influence, asked to go last, stays.
    await eventually(() => hook('groups-table').getAttribute('aria-rowcount')).toBe('601');
    await page().getByRole('button', { name: 'Show all' }).click();
    await eventually(() => hook('groups-table').getAttribute('aria-rowcount')).toBe('1701');
  });

  it('says what dropping will do while files are over the window', async () => {
    await open('#/history');
    await hook('history-row').first().waitFor();
    const drag = (type: string) =>
      page().evaluate((name) => {
        const data = new DataTransfer();
        data.items.add(new File(['a,b'], 'a.csv'));
        document
          .querySelector('main')!
          .dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: data }));
      }, type);
    await drag('dragenter');
    await eventually(() => hook('drop-overlay').textContent()).toContain('Nothing is stored until you import');
    await drag('dragleave');
    await eventually(() => hook('drop-overlay').count()).toBe(0);
    await drag('dragenter');
    await drag('drop');
    await hook('import-preview').waitFor();
  });

  it('previews a file, wants what is missing, imports it and opens it', async () => {
    await open('#/library', 'empty');
    await hook('file-input').setInputFiles({
      name: 'hospital.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('a,b\n1,2'),
    });
    await hook('import-preview').waitFor();
    await expectAccessible(page());
    expect(await page().getByLabel('Missing numbers').inputValue()).toBe('mean');
    await page().getByLabel('Role of outcome').selectOption('feature');
    expect(await hook('import-confirm').isDisabled()).toBe(true);
    await page().getByLabel('Target').selectOption('outcome');
    await page().getByLabel('Missing numbers').selectOption('median');
    await hook('import-confirm').click();
    await hook('import-progress').waitFor();
    await eventually(() => hook('dataset-detail').textContent()).toContain('hospital');
    expect(await hook('dataset-row').count()).toBe(3);
  });

  it('cancels an import and returns to its preview', async () => {
    await open('#/library', 'empty');
    await hook('file-input').setInputFiles({
      name: 'hospital.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('a,b\n1,2'),
    });
    await page().getByLabel('Missing numbers').selectOption('zero');
    await hook('import-confirm').click();
    await hook('import-progress').waitFor();
    await hook('import-cancel').click();
    await hook('import-preview').waitFor();
    expect(await hook('dataset-row').count()).toBe(2);
  });

  it('says which line of a broken file is wrong and what to do', async () => {
    await open('#/library', 'empty');
    await hook('file-input').setInputFiles({ name: 'broken.csv', mimeType: 'text/csv', buffer: Buffer.from('x') });
    await expect
      .poll(() => hook('import-error').textContent())
      .toMatch(/line 214.*Correct or remove.*Nothing was stored/);
  });

  it('keeps a failure in view until it is closed', async () => {
    await open('#/library/d-diabetes');
    await page().getByRole('button', { name: 'Remove this dataset' }).click();
    await eventually(() => hook('notice').textContent()).toMatch(/is used by 2 studies.*Delete those studies first/);
    await hook('notice-close').click();
    await eventually(() => hook('notice').count()).toBe(0);
  });

  it('renames a study, deletes it and brings it back', async () => {
    await open('#/history/s-1');
    await hook('history-rename').click();
    await page().getByLabel('New name').fill('First look');
    await page().keyboard.press('Enter');
    await eventually(() => hook('history-row').first().textContent()).toContain('First look');
    await hook('history-delete').click();
    await eventually(() => hook('history-row').count()).toBe(5);
    await hook('notice').getByRole('button', { name: 'Undo' }).click();
    await eventually(() => hook('history-row').count()).toBe(6);
    await hook('history-search').fill('cross cancel');
    expect(await hook('history-row').count()).toBe(1);
  });

  it('runs a command from the palette', async () => {
    await open('#/library');
    await page().keyboard.press('Control+k');
    await expectAccessible(page());
    await page().getByRole('combobox').fill('dark');
    await page().getByRole('combobox').press('Enter');
    await eventually(() => page().evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await page().reload();
    expect(await page().evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await page().keyboard.press('Control+8');
    await hook('history-row').first().waitFor();
  });

  it('keeps eight panels of 1,700 groups in step with the pointer', async () => {
    await open('#/compare/s-1?layout=quantities');
    const chart = hook('panel-loss-influence-actual').getByRole('application');
    await chart.focus();
    await page().keyboard.press('Home');
    const milliseconds = await page().evaluate(async () => {
      const target = document.activeElement!;
      const start = performance.now();
      for (let step = 0; step < 60; step++) {
        target.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
        await new Promise((resolve) => setTimeout(resolve));
      }
      return (performance.now() - start) / 60;
    });
    // Drawing the marks again in eight panels would take several hundred milliseconds a step.
    expect(milliseconds).toBeLessThan(100);
  });
});
