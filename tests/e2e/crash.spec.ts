import { createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, newHome, NO_BROWSER, openPage, removeHome, startApp, type RunningApp } from './harness.ts';
import { groupsDone, waitForStatus } from './steps.ts';

const reason = NO_BROWSER ?? (process.platform === 'linux' ? null : 'finding the engine’s process needs Linux');

describe.skipIf(reason !== null)(`a crash of the engine${reason === null ? '' : ` — ${reason}`}`, () => {
  let home: string;
  let app: RunningApp;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    home = await newHome();
    app = await startApp(home);
    browser = await launchBrowser();
    ({ page } = await openPage(browser, app.url));
    page.setDefaultTimeout(120_000);
  });

  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    await removeHome(home);
  });

  async function runSample(): Promise<void> {
    await page.getByTestId('nav-library').click();
    await page.getByTestId('sample-run-breast-cancer').click();
    await page.getByTestId('progress-groups').waitFor();
  }

  it('loses at most the current batch, and the study resumes in the window', { timeout: 400_000 }, async () => {
    await runSample();
    await expect.poll(async () => (await groupsDone(page)).done, { timeout: 120_000, interval: 50 }).toBeGreaterThan(0);
    const { done: kept } = await groupsDone(page);
    const killed = app.enginePid();
    process.kill(killed, 'SIGKILL');

    // The window stays, the engine is started again by itself, and the study waits to be resumed.
    await page.getByTestId('resume-study').waitFor();
    expect(app.enginePid()).not.toBe(killed);
    expect((await groupsDone(page)).done).toBeGreaterThanOrEqual(kept);
    await page.getByTestId('resume-study').click();
    await waitForStatus(page, 'Done');
    const { done, total } = await groupsDone(page);
    expect(done).toBe(total);
  });

  it(
    'is not to be seen in the numbers: a study of one stretch has the same effects',
    { timeout: 400_000 },
    async () => {
      await runSample();
      await waitForStatus(page, 'Done');
      const digests = await effectDigests();
      expect(digests.length).toBe(2);
      expect(digests[0]).toBe(digests[1]);
    },
  );

  /** What the bundles of all studies say of the effects, byte for byte. */
  async function effectDigests(): Promise<string[]> {
    const { unzipSync } = await import('fflate');
    const digests: string[] = [];
    await page.getByTestId('nav-history').click();
    await page.getByTestId('history-row').first().waitFor();
    const count = await page.getByTestId('history-row').count();
    for (let i = 0; i < count; i++) {
      await page.getByTestId('history-open').nth(i).click();
      await page.getByTestId('provenance').waitFor();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByTestId('download-bundle').click(),
      ]);
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
      const files = unzipSync(new Uint8Array(Buffer.concat(chunks)));
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
