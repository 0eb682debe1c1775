import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_BROWSER, ROOT } from './harness.ts';
import { clickAMark, waitForStatus } from './steps.ts';
import { useApp } from './use-app.ts';

/**
 * The README's pictures, made from the running app:
 *
 *     LEVERAGE_PICTURES=1 npx vitest run --project e2e tests/e2e/pictures.spec.ts
 */
const reason =
  NO_BROWSER ??
  (process.env['LEVERAGE_PICTURES'] ? null : 'the README’s pictures are made only when LEVERAGE_PICTURES is set');
const FOLDER = join(ROOT, 'resources', 'pictures');

describe.skipIf(reason !== null)(`the README’s pictures${reason === null ? '' : ` — ${reason}`}`, () => {
  const { page } = useApp({ patienceMs: 120_000, prepare: () => mkdir(FOLDER, { recursive: true }) });

  const picture = (name: string): Promise<unknown> => page().screenshot({ path: join(FOLDER, `${name}.png`) });

  it('show the library, a run, the comparison in light and dark, and the history', { timeout: 400_000 }, async () => {
    await page().getByTestId('dataset-row').first().click();
    await page().getByTestId('dataset-detail').waitFor();
    await page().getByTestId('status-bar').getByText('float64').waitFor();
    await picture('library');
    await page().getByTestId('nav-library').click();
    await page().getByTestId('sample-run-breast-cancer').click();
    await waitForStatus(page(), 'Done');
    await expect.poll(() => page().getByTestId('study-progress').textContent()).not.toContain('so far');
    await picture('study');
    await page().getByTestId('open-compare').click();
    await clickAMark(page(), page().getByTestId('panel-influence-actual'));
    await page().getByTestId('member-row').first().waitFor();
    await page().getByTestId('error-parts').waitFor();
    await page().mouse.move(0, 0);
    await picture('compare-light');
    await page().getByTestId('theme-toggle').click();
    await picture('compare-dark');
    await page().getByTestId('theme-toggle').click();
    await page().getByTestId('group-panel-close').click();
    await page().getByTestId('help-scatter').first().click();
    await page().getByTestId('help-panel').waitFor();
    await page().mouse.move(0, 0);
    await picture('help');
    await page().getByTestId('help-close').click();
    await page().getByTestId('nav-history').click();
    await page().getByTestId('history-open').first().click();
    await page().getByTestId('provenance').getByText('ONNX Runtime').first().waitFor();
    await picture('history');
  });

  it('show rows, a lasso around some, and analyses', { timeout: 400_000 }, async () => {
    await page().getByTestId('nav-browse').click();
    await page().getByTestId('row-grid').waitFor();
    await picture('browse');
    await page().getByTestId('nav-history').click();
    await page().getByTestId('nav-what-if').click();
    await page().locator('[data-testid=row-scatter][data-painted]').waitFor();
    const box = await page().getByTestId('row-scatter').boundingBox();
    if (box === null) throw new Error('The scatter is not on the screen.');
    await page().mouse.move(box.x + 0.45 * box.width, box.y + 0.1 * box.height);
    await page().mouse.down();
    for (const [x, y] of LASSO) await page().mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 6 });
    await page().mouse.up();
    await page().getByTestId('retrain').click();
    await page().getByTestId('certificate').waitFor();
    await page().mouse.move(0, 0);
    await picture('what-if');
    await page().getByTestId('nav-study').click();
    await page().getByTestId('study-form').waitFor();
    for (const title of ['Dose–response', 'Pairs of groups', 'Shapley values', 'Most influential rows'])
      await page().getByTestId('study-analyses').getByLabel(title).check();
    await page().getByTestId('run-study').click();
    await waitForStatus(page(), 'Done');
    await page().getByTestId('nav-analyses').click();
    await page().getByTestId('analysis-largestGroup').locator('svg[role=img]').waitFor();
    await page().mouse.move(0, 0);
    await picture('analyses');
  });
});

/** The rest of an outline, in shares of the scatter. */
const LASSO = [
  [0.7, 0.2],
  [0.72, 0.6],
  [0.5, 0.7],
  [0.42, 0.4],
] as const;
