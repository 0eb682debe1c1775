/** Two windows on one store, as two tabs of the served app: what is done in one is seen in the other. */
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluationsFor, generateStore } from '../bench/generated-store.ts';
import { NO_BROWSER, openPage } from './harness.ts';
import { useApp } from './use-app.ts';

const NAMES = ['First', 'Second', 'Third'];

describe.skipIf(NO_BROWSER !== null)(`two windows${NO_BROWSER === null ? '' : ` — ${NO_BROWSER}`}`, () => {
  const { app, browser, page, troubles } = useApp({
    prepare: (home) =>
      generateStore(
        home,
        NAMES.map((name, k) => ({
          id: `study-${k}`,
          name,
          groupCount: 70,
          evaluations: evaluationsFor(6),
          relativeL2: 1e-3,
          seed: k,
          createdAt: new Date(Date.UTC(2026, 0, 1 + k)).toISOString(),
          groups: 'constructed' as const,
        })),
      ),
  });
  let second: { page: Page; troubles: string[] };
  const other = (): Page => second.page;

  beforeAll(async () => {
    second = await openPage(browser(), app().url);
    for (const window of [page(), other()]) {
      await window.getByTestId('nav-history').click();
      await window.getByTestId('history-row').first().waitFor();
    }
  });
  afterAll(() => second?.page.context().close());

  const names = (window: Page): Promise<string[]> => window.getByTestId('history-open').allTextContents();

  it('show a new name in the other list at once', async () => {
    await page().getByRole('button', { name: 'Third', exact: true }).click();
    await page().getByTestId('history-rename').click();
    await page().getByLabel('New name').fill('Third, named anew');
    await page().keyboard.press('Enter');
    await expect.poll(() => names(other())).toEqual(['Third, named anew', 'Second', 'First']);
  });

  it('take a deleted study out of the other list, and bring it back when that is undone', async () => {
    await page().getByTestId('history-delete').click();
    await expect.poll(() => names(other())).toEqual(['Second', 'First']);
    await page().getByTestId('notice').getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => names(other())).toEqual(['Third, named anew', 'Second', 'First']);
  });

  it('say so where the study that is open is deleted in the other', async () => {
    await other().evaluate(() => (location.hash = '#/compare/study-1'));
    await other().getByTestId('panel-influence-actual').waitFor();
    await page().getByRole('button', { name: 'Second', exact: true }).click();
    await page().getByTestId('history-delete').click();
    await other().getByText('This study is not in the store').waitFor();
    await page().getByTestId('notice').getByRole('button', { name: 'Undo' }).click();
    await other().getByTestId('panel-influence-actual').waitFor();
  });

  it('show a study that runs in one, its progress and its end, in the other', { timeout: 120_000 }, async () => {
    await other().getByTestId('nav-history').click();
    await page().getByTestId('nav-library').click();
    await page().getByTestId('sample-run-breast-cancer').click();
    await expect.poll(async () => (await names(other())).length).toBe(4);
    await other().getByTestId('history-row').first().getByText('Done').waitFor();
    await page().getByTestId('study-progress').getByText('Done', { exact: true }).first().waitFor();
  });

  it('met no trouble', () => {
    expect([...troubles(), ...second.troubles]).toEqual([]);
  });
});
