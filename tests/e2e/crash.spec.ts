import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { NO_BROWSER } from './harness.ts';
import { contentOf, groupsDone, waitForStatus } from './steps.ts';
import { useApp } from './use-app.ts';

const reason = NO_BROWSER ?? (process.platform === 'linux' ? null : 'finding the engine’s process needs Linux');

describe.skipIf(reason !== null)(`a crash of the engine${reason === null ? '' : ` — ${reason}`}`, () => {
  const { app, page } = useApp({ patienceMs: 120_000 });

  async function runSample(): Promise<void> {
    await page().getByTestId('nav-library').click();
    await page().getByTestId('sample-run-breast-cancer').click();
    await page().getByTestId('progress-groups').waitFor();
  }

  it('loses at most the current batch, and the study resumes in the window', { timeout: 400_000 }, async () => {
    await runSample();
    await expect
      .poll(async () => (await groupsDone(page())).done, { timeout: 120_000, interval: 50 })
      .toBeGreaterThan(0);
    const { done: kept } = await groupsDone(page());
    const killed = app().enginePid();
    process.kill(killed, 'SIGKILL');

    // The window stays, the engine is started again by itself, and the study waits to be resumed.
    await page().getByTestId('resume-study').waitFor();
    expect(app().enginePid()).not.toBe(killed);
    expect((await groupsDone(page())).done).toBeGreaterThanOrEqual(kept);
    await page().getByTestId('resume-study').click();
    await waitForStatus(page(), 'Done');
    const { done, total } = await groupsDone(page());
    expect(done).toBe(total);
  });

  it(
    'is not to be seen in the numbers: a study of one stretch has the same effects',
    { timeout: 400_000 },
    async () => {
      await runSample();
      await waitForStatus(page(), 'Done');
      const digests = await effectDigests();
      expect(digests.length).toBe(2);
      expect(digests[0]).toBe(digests[1]);
    },
  );

  /** What the bundles of all studies say of the effects, byte for byte. */
  async function effectDigests(): Promise<string[]> {
    const { unzipSync } = await import('fflate');
    const digests: string[] = [];
    await page().getByTestId('nav-history').click();
    await page().getByTestId('history-row').first().waitFor();
    const count = await page().getByTestId('history-row').count();
    for (let i = 0; i < count; i++) {
      await page().getByTestId('history-open').nth(i).click();
      await page().getByTestId('provenance').waitFor();
      const [download] = await Promise.all([
        page().waitForEvent('download'),
        page().getByTestId('download-bundle').click(),
      ]);
      const files = unzipSync(new Uint8Array(await contentOf(download)));
      const name = Object.keys(files).find((path) => path.endsWith('effects.csv'));
      if (name === undefined) throw new Error(`The bundle has no effects.csv, only ${Object.keys(files).join(', ')}.`);
      digests.push(
        createHash('sha256')
          .update(files[name] ?? '')
          .digest('hex'),
      );
    }
    return digests;
  }
});
