import { describe, expect, it } from 'vitest';
import { NO_BROWSER, openPage } from './harness.ts';
import { clickAMark, dropFiles, groupsDone, waitForStatus } from './steps.ts';
import { csvFile, npzFile } from './test-files.ts';
import { useApp } from './use-app.ts';

/** One person, one afternoon: the tests follow each other in the same window and the same store. */
describe.skipIf(NO_BROWSER !== null)(`the whole way${NO_BROWSER === null ? '' : ` — ${NO_BROWSER}`}`, () => {
  const { app, browser, page, troubles, restart } = useApp();

  it('starts with both samples in the library', async () => {
    await expect
      .poll(() => page().getByTestId('dataset-row').allTextContents(), { timeout: 30_000 })
      .toEqual(
        expect.arrayContaining([
          expect.stringContaining('Breast Cancer Wisconsin'),
          expect.stringContaining('Handwritten Digits'),
        ]),
      );
  });

  it('imports a table that is dropped: preview, target, import', async () => {
    await dropFiles(page(), [{ name: 'clouds.csv', content: csvFile() }]);
    const preview = page().getByTestId('import-preview');
    await preview.waitFor();
    expect(await preview.textContent()).toContain('CSV');
    await page().getByLabel('Target', { exact: false }).first().selectOption('answer');
    await page().getByTestId('import-confirm').click();
    await expect.poll(() => page().getByTestId('dataset-detail').textContent()).toContain('clouds');
  });

  it('imports an NPZ that is dropped', async () => {
    await page().getByTestId('nav-library').click();
    await dropFiles(page(), [{ name: 'numbers.npz', content: npzFile() }]);
    await page().getByTestId('import-preview').waitFor();
    expect(await page().getByTestId('import-preview').textContent()).toContain('NPZ');
    await page().getByTestId('import-confirm').click();
    await expect
      .poll(() => page().getByTestId('dataset-row').allTextContents())
      .toContainEqual(expect.stringContaining('numbers'));
  });

  it.each([
    ['broken.npz', 'this is not a zip archive'],
    ['empty.csv', ''],
  ])('answers the bad file %s with a sentence that names it, and keeps nothing', async (name, content) => {
    const before = await page().getByTestId('dataset-row').count();
    await dropFiles(page(), [{ name, content }]);
    const error = page().getByTestId('import-error');
    await error.waitFor();
    const sentence = (await error.textContent()) ?? '';
    expect(sentence).toContain(name);
    expect(sentence).not.toMatch(/\bat .*:\d+:\d+|TypeError|undefined/);
    await page().keyboard.press('Escape');
    await error.waitFor({ state: 'hidden' });
    expect(await page().getByTestId('dataset-row').count()).toBe(before);
  });

  it('answers a table that breaks in its middle with file and line, and keeps nothing', async () => {
    const before = await page().getByTestId('dataset-row').count();
    await dropFiles(page(), [{ name: 'ragged.csv', content: `${csvFile(40)}1,2,3\n` }]);
    await page().getByTestId('import-confirm').click();
    const error = page().getByTestId('import-error');
    await error.waitFor();
    expect(await error.textContent()).toMatch(/ragged\.csv.*\b42\b/);
    await page().keyboard.press('Escape');
    await error.waitFor({ state: 'hidden' });
    expect(await page().getByTestId('dataset-row').count()).toBe(before);
  });

  it('studies the dropped table', async () => {
    await page().getByTestId('nav-library').click();
    await page().getByTestId('dataset-row').filter({ hasText: 'clouds' }).click();
    await page().getByTestId('dataset-study').click();
    await page().getByTestId('run-study').click();
    await waitForStatus(page(), 'Done');
    const { done, total } = await groupsDone(page());
    expect(done).toBe(total);
    expect(total).toBeGreaterThan(0);
  });

  it('studies a sample with one click, and shows its progress live', async () => {
    await page().getByTestId('nav-library').click();
    await page().getByTestId('sample-run-breast-cancer').click();
    await page().getByTestId('progress-groups').waitFor();
    const seen = new Set<number>();
    await expect
      .poll(
        async () => {
          const { done, total } = await groupsDone(page());
          seen.add(done);
          return total > 0 && done === total;
        },
        { timeout: 120_000, interval: 100 },
      )
      .toBe(true);
    await waitForStatus(page(), 'Done');
    expect([...seen].filter((done) => done > 0).length).toBeGreaterThan(2);
    expect((await groupsDone(page())).total).toBe(1700);
  });

  it('compares: three scatters and the agreement in words', async () => {
    await page().getByTestId('open-compare').click();
    for (const panel of ['influence-actual', 'newton-actual', 'influence-newton']) {
      await page().getByTestId(`panel-${panel}`).waitFor();
      expect(await page().getByTestId(`panel-${panel}`).locator('canvas').count()).toBeGreaterThan(0);
      expect(await page().getByTestId(`agreement-${panel}`).textContent()).toMatch(
        /ρ (= −?(\.\d{3}|1\b)|[<>] −?\.999)/,
      );
    }
  });

  it('opens the group behind a mark, with its members', async () => {
    await clickAMark(page(), page().getByTestId('panel-influence-actual'));
    await page().getByTestId('group-panel').waitFor();
    await page().getByTestId('member-row').first().waitFor();
    expect(await page().getByTestId('member-row').count()).toBeGreaterThan(0);
  });

  it('is where it was after a reload', async () => {
    const before = await page().getByTestId('group-panel').locator('h2').textContent();
    await page().reload();
    await page().getByTestId('group-panel').waitFor();
    expect(await page().getByTestId('group-panel').locator('h2').textContent()).toBe(before);
  });

  it('changes from light to dark', async () => {
    const paper = (): Promise<string> => page().evaluate(() => getComputedStyle(document.body).backgroundColor);
    const before = await paper();
    await page().getByTestId('theme-toggle').click();
    await expect.poll(paper).not.toBe(before);
    await page().getByTestId('theme-toggle').click();
  });

  it('has asked nothing of the network and broken no rule of the content policy', () => {
    expect(troubles()).toEqual([]);
  });

  it('keeps the history: another start on the same store, with no network, opens it', async () => {
    expect(await restart()).toBe(0);
    await page().getByTestId('nav-history').click();
    await expect.poll(() => page().getByTestId('history-row').count()).toBe(2);
    await page().getByTestId('history-open').filter({ hasText: 'Breast cancer' }).click();
    await expect.poll(() => page().getByTestId('provenance').textContent()).toContain('ONNX Runtime');
    const [download] = await Promise.all([
      page().waitForEvent('download'),
      page().getByTestId('download-bundle').click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/\.zip$/);
    await page()
      .getByTestId('provenance')
      .getByRole('button', { name: /compare/i })
      .click();
    await page().getByTestId('panel-newton-actual').waitFor();
    expect(troubles()).toEqual([]);
  });

  it('refuses a browser that has no key', async () => {
    const { page: stranger } = await openPage(browser(), new URL('/', app().url).href);
    expect(await stranger.textContent('body')).toContain('Open the address that Leverage printed');
    await stranger.context().close();
  });
});
