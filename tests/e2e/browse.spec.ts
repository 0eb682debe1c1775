/** The rows of a dataset as an analyst works with them, and groups made of them, in the whole app. */
import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectFlawless } from './expect-accessible.ts';
import { NO_BROWSER, ROOT } from './harness.ts';
import { dropFiles, waitForStatus } from './steps.ts';
import { useApp } from './use-app.ts';

const ROWS = 3000;
const CITIES = ['Bern', 'Oslo', 'Rome'];

/** A table of a label, a number with holes, a category and a text, of which the test can say what is in it. */
function person(row: number) {
  const age = row % 7 === 3 ? null : (row * 37) % 83;
  return {
    age,
    city: CITIES[(row * row) % 3],
    note: `visit ${row} of the year, ${row % 2 === 0 ? 'calm' : 'Busy'} day`,
    y: (row * 13) % 5 < 2,
  };
}

const CSV = [
  'age,city,note,bought',
  ...Array.from({ length: ROWS }, (_, row) => {
    const { age, city, note, y } = person(row);
    return `${age ?? ''},${city},"${note}",${y ? 'yes' : 'no'}`;
  }),
].join('\n');

describe.skipIf(NO_BROWSER !== null)(`browsing${NO_BROWSER === null ? '' : ` — ${NO_BROWSER}`}`, () => {
  const { page, hook, troubles } = useApp();

  const rows = (): Locator => hook('browse-row');
  const head = (name: string): Locator => page().locator(`[role=columnheader][data-column="${name}"]`);
  const count = async (): Promise<number> =>
    Number(((await hook('browse-count').locator('b').textContent()) ?? '').replace(/\D/g, ''));
  const group = (name: string): Locator =>
    hook('named-group').filter({ has: page().getByRole('button', { name, exact: true }) });
  const settled = (): Promise<void> => page().locator('[data-testid=row-grid][aria-busy=false]').waitFor();

  /** The cells of a column, top to bottom, as they are drawn. */
  async function column(name: string): Promise<string[]> {
    await settled();
    const at = await head(name).getAttribute('aria-colindex');
    return page().locator(`[data-testid=browse-row] [aria-colindex="${at}"]`).allTextContents();
  }

  async function openDataset(name: string): Promise<void> {
    await hook('nav-library').click();
    await hook('dataset-row').filter({ hasText: name }).first().click();
    await hook('dataset-detail').getByRole('heading', { name }).waitFor();
    await hook('dataset-browse').click();
    await rows().first().waitFor();
  }

  /** Presses a key on the grid. */
  async function press(...keys: string[]): Promise<void> {
    await hook('row-grid').focus();
    for (const key of keys) await page().keyboard.press(key);
  }

  beforeAll(async () => {
    await hook('dataset-row').first().waitFor();
    await dropFiles(page(), [{ name: 'people.csv', content: CSV }]);
    await hook('import-preview').waitFor();
    await page()
      .getByLabel('Missing numbers')
      .first()
      .selectOption('mean')
      .catch(() => {});
    await hook('import-confirm').click();
    await hook('dataset-row').filter({ hasText: 'people' }).waitFor();
    await openDataset('people');
  });

  it('shows rows, types, missing shares and distributions', async () => {
    const total = await count();
    expect(total).toBeGreaterThan(1000);
    expect(await head('age').textContent()).toMatch(/number.*1\d.*% missing/);
    expect(await head('city').textContent()).toMatch(/category.*(Bern|Oslo).*values|category.*(Bern|Oslo)/);
    expect(await head('age').getByRole('img').getAttribute('aria-label')).toMatch(/^age: from 0 to 82, mean/);
    await expectFlawless(page());
  });

  it('sorts by a click on a head: up, down, and as it was', async () => {
    const sort = head('age').getByRole('button').first();
    await sort.click();
    await expect.poll(async () => (await column('age')).slice(0, 3)).toEqual(['0', '0', '0']);
    await sort.click();
    await expect.poll(async () => (await column('age')).slice(0, 3)).toEqual(['82', '82', '82']);
    expect(await head('age').getAttribute('aria-sort')).toBe('descending');
    await press('End', 'Control+End');
    await expect.poll(async () => (await column('age')).at(-1)).toBe('missing');
    await sort.click();
    expect(await head('age').getAttribute('aria-sort')).toBeNull();
  });

  it('filters by range, value and text together, and takes the last one back with Ctrl+Z', async () => {
    await head('age').getByRole('button', { name: 'Column age' }).click();
    await page().getByRole('menuitem', { name: 'Filter…' }).click();
    await hook('filter-editor').getByLabel('from').fill('20');
    await hook('filter-editor').getByLabel('to', { exact: true }).fill('30');
    await page().keyboard.press('Enter');
    await expect
      .poll(async () => (await column('age')).every((age) => Number(age) >= 20 && Number(age) <= 30))
      .toBe(true);
    const inRange = await count();

    await hook('filter-add').click();
    await hook('filter-editor').getByLabel('Filter by').selectOption({ label: 'city' });
    await hook('filter-editor').getByLabel('Oslo').check();
    await hook('filter-apply').click();
    await expect.poll(async () => new Set(await column('city'))).toEqual(new Set(['Oslo']));
    const both = await count();
    expect(both).toBeLessThan(inRange);

    await hook('filter-add').click();
    await hook('filter-editor').getByLabel('Filter by').selectOption({ label: 'note' });
    await hook('filter-editor').getByLabel('Text', { exact: true }).last().fill('busy');
    await hook('filter-apply').click();
    await expect.poll(async () => (await column('note')).every((note) => note.includes('Busy'))).toBe(true);
    expect(await hook('filter-chip').count()).toBe(3);
    await press('Control+z');
    await expect.poll(count).toBe(both);
    await hook('filter-remove').last().click();
    await expect.poll(count).toBe(inRange);
    await page().reload();
    await rows().first().waitFor();
    expect(await count()).toBe(inRange);
    expect((await hook('filter-chip').allTextContents()).map((text) => text.trim())).toEqual(['age 20 to 30']);
    await hook('filter-remove').click();
  });

  it('hides and pins columns by keyboard, and opens a row in full', async () => {
    const names = (): Promise<(string | null)[]> =>
      page()
        .locator('[role=columnheader]')
        .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('data-column')));
    await settled();
    const before = await names();
    const at = before.indexOf('city');
    await press('Control+Home', ...new Array<string>(at).fill('ArrowRight'), 'p');
    await expect.poll(async () => (await names()).slice(0, 2)).toEqual(['row', 'city']);
    await press('Home', 'ArrowRight', 'h');
    await expect.poll(async () => (await names()).includes('city')).toBe(false);
    await hook('browse-columns').click();
    await page().getByRole('button', { name: 'As at first' }).click();
    await page().keyboard.press('Escape');
    await expect.poll(names).toEqual(before);

    await press('Control+Home', 'ArrowDown', 'ArrowDown', 'Enter');
    const panel = hook('row-panel');
    await panel.getByRole('heading', { name: 'Training row 2' }).waitFor();
    await expect.poll(() => panel.textContent()).toMatch(/visit \d+ of the year, (calm|Busy) day/);
    await press('ArrowDown');
    await panel.getByRole('heading', { name: 'Training row 3' }).waitFor();
    await expectFlawless(page());
    await press('Escape');
    await panel.waitFor({ state: 'detached' });
  });

  it('keeps filtered rows as a group, combines it with a list of rows, and compares them', async () => {
    await hook('filter-add').click();
    await hook('filter-editor').getByLabel('yes').check();
    await hook('filter-apply').click();
    await settled();
    const buyers = await count();
    await hook('filter-save').click();
    await hook('group-name').fill('buyers');
    await hook('group-save').click();
    await hook('named-group').filter({ hasText: 'buyers' }).waitFor();

    await hook('row-list').fill('0-499, 499');
    await hook('groups-panel').getByText('1 repeat left out.').waitFor();
    await hook('list-name').fill('first 500');
    await hook('list-save').click();
    await hook('named-group').filter({ hasText: 'first 500' }).waitFor();

    const algebra = page().getByTestId('algebra');
    await algebra.getByLabel('Group 1', { exact: true }).selectOption({ label: 'buyers' });
    await algebra.getByLabel('Operation 1').selectOption('minus');
    await algebra.getByLabel('Group 2', { exact: true }).selectOption({ label: 'first 500' });
    await hook('algebra-name').fill('later buyers');
    await expect.poll(() => hook('algebra-save').isEnabled()).toBe(true);
    await hook('algebra-save').click();
    await hook('named-group').filter({ hasText: 'later buyers' }).waitFor();

    for (const box of await hook('named-group').getByRole('checkbox').all()) await box.check();
    const cells = async (): Promise<number[]> =>
      (await hook('overlap').locator('tbody td').allTextContents()).map((text) => Number(text.replace(/\D/g, '')));
    // By name: buyers, first 500, later buyers.
    await expect.poll(async () => (await cells()).length).toBe(9);
    const [b, bf, bl, , f, fl, , , l] = await cells();
    expect([b, f, fl]).toEqual([buyers, 500, 0]);
    expect(bl).toBe(l);
    expect(bf + bl).toBe(b);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page().emulateMedia({ colorScheme });
      await expectFlawless(page());
    }
  });

  it('shows a group’s rows, renames it, deletes it and takes that back', async () => {
    await group('first 500').getByRole('button', { name: 'first 500' }).first().click();
    await expect.poll(count).toBe(500);
    await group('first 500').getByTestId('group-menu').click();
    await page().getByRole('menuitem', { name: 'Rename' }).click();
    await hook('group-rename').fill('early');
    await page().keyboard.press('Enter');
    await group('early').waitFor();
    expect(await hook('filter-chip').first().textContent()).toContain('in “early”');
    await group('early').getByTestId('group-menu').click();
    await page().getByRole('menuitem', { name: 'Delete' }).click();
    await group('early').waitFor({ state: 'detached' });
    await hook('notice').getByRole('button', { name: 'Undo' }).click();
    await group('early').waitFor();
  });

  it('removes named groups in a study, whose model then judges the rows', async () => {
    await group('early').getByRole('checkbox').uncheck();
    await hook('groups-study').click();
    await hook('study-form').waitFor();
    await expect.poll(() => hook('expected-manual').textContent()).toMatch(/Made by hand\s*2/);
    await expectFlawless(page());
    await hook('run-study').click();
    await waitForStatus(page(), 'Done');
    await hook('open-compare').click();
    await hook('panel-influence-actual').waitFor();

    await openDataset('people');
    await hook('browse-study').selectOption({ index: 1 });
    await head('influence').waitFor();
    await settled();
    const number = (text: string): number => Number(text.replaceAll('−', '-').replace(/[\s\u202f]/g, ''));
    const sort = head('influence').getByRole('button').first();
    await sort.click();
    await sort.click();
    await expect.poll(() => head('influence').getAttribute('aria-sort')).toBe('descending');
    const values = (await column('influence')).map(number);
    expect(values.every((value, at) => at === 0 || value <= values[at - 1])).toBe(true);
    expect(values[0]).toBeGreaterThan(0);
    await head('leverage').getByRole('button', { name: 'Column leverage' }).click();
    await page().getByRole('menuitem', { name: 'Filter…' }).click();
    await hook('filter-editor').getByLabel('from').fill('1e-9');
    await hook('filter-apply').click();
    await rows().first().click();
    await expect.poll(() => hook('row-panel').textContent()).toMatch(/influence on test row \d+\s*\+/);
    await expectFlawless(page());
  });

  it('draws images as images', async () => {
    await openDataset('Digits');
    await expect.poll(() => rows().first().locator('canvas').count()).toBe(1);
    await rows().first().click();
    await hook('row-panel').locator('canvas').waitFor();
    await expectFlawless(page());
  });

  it('agrees with the file that the sample was read from', async () => {
    const text = gunzipSync(readFileSync(join(ROOT, 'resources', 'samples', 'breast-cancer.csv.gz'))).toString();
    await openDataset('Cancer');
    await settled();
    const shown = (await column('mean radius')).map(Number);
    const lines = text.trim().split('\n');
    const at = lines[0]?.split(',').indexOf('mean radius') ?? -1;
    const inFile = new Set(lines.slice(1).map((line) => Number(Number(line.split(',')[at]).toPrecision(4))));
    expect(shown.length).toBeGreaterThan(10);
    for (const value of shown) expect(inFile).toContain(value);
  });

  it('takes edits of the study form back and forward again: by keys inside a field, by button, by command', async () => {
    await hook('nav-study').click();
    const name = hook('study-name');
    await name.waitFor();
    const first = await name.inputValue();
    await page().waitForTimeout(700);
    await name.fill('another name');
    await page().waitForTimeout(700);
    await hook('study-groups').getByText('Each row alone').click();
    await hook('expected-leaveOneOut').waitFor();
    await page().waitForTimeout(700);
    await name.focus();
    await page().keyboard.press('Control+z');
    await hook('expected-random').waitFor();
    expect(await name.inputValue()).toBe('another name');
    await page().keyboard.press('Control+z');
    expect(await name.inputValue()).toBe(first);
    await page().keyboard.press('Control+Shift+z');
    expect(await name.inputValue()).toBe('another name');
    await hook('form-undo').click();
    expect(await name.inputValue()).toBe(first);
    await page().keyboard.press('Control+k');
    await hook('command-palette').getByRole('combobox').fill('redo');
    await page().keyboard.press('Enter');
    expect(await name.inputValue()).toBe('another name');
    expect(await hook('form-redo').isEnabled()).toBe(true);
  });

  it('met no trouble in the page', () => {
    expect(troubles()).toEqual([]);
  });
});
