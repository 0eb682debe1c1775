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

  it('show the library, a run, the comparison in light and dark, and the history', { timeout: 400_000 }, async () => {
    const picture = (name: string): Promise<unknown> => page().screenshot({ path: join(FOLDER, `${name}.png`) });
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
    await page().mouse.move(0, 0);
    await picture('compare-light');
    await page().getByTestId('theme-toggle').click();
    await picture('compare-dark');
    await page().getByTestId('theme-toggle').click();
    await page().getByTestId('nav-history').click();
    await page().getByTestId('history-open').first().click();
    await page().getByTestId('provenance').getByText('ONNX Runtime').first().waitFor();
    await picture('history');
  });
});
