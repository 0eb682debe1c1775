/**
 * `node tests/bench/brushing.ts`: does the window keep up with a hand that drags a box? 1,700 groups in 14 panels, then
 * 100,000 single-point influences in one. Generates both studies in a temporary folder, serves it, opens it in
 * Chromium, drags, and prints the longest task of the page's main thread and the frames while dragging.
 */
import type { Page } from 'playwright';
import { NO_BROWSER } from '../e2e/harness.ts';
import { startWholeApp } from '../e2e/whole-app.ts';
import { evaluationsFor, generateStore } from './generated-store.ts';

/** A task longer than this is felt. */
const FELT_MS = 50;
const STEPS = 60;

if (NO_BROWSER !== null) {
  console.log(`Not run: ${NO_BROWSER}.`);
} else {
  const { page, close } = await startWholeApp({
    prepare: (home) => {
      const createdAt = '2026-01-01T00:00:00.000Z';
      return generateStore(home, [
        {
          id: 'panels',
          name: '1,700 groups',
          groupCount: 1700,
          evaluations: evaluationsFor(14),
          relativeL2: 1e-3,
          seed: 1,
          createdAt,
          groups: 'constructed',
        },
        {
          id: 'points',
          name: '100,000 single points',
          groupCount: 100_000,
          evaluations: evaluationsFor(2),
          relativeL2: 1e-3,
          seed: 2,
          createdAt,
          groups: 'single',
        },
      ]);
    },
  });
  try {
    await page.setViewportSize({ width: 1920, height: 1080 });
    await measure(page, '1,700 groups × 14 panels', '#/compare/panels?layout=all', 14);
    await measure(page, '100,000 points, one panel', '#/compare/points?q=meanTestLoss', 3);
  } finally {
    await close();
  }
}

interface Felt {
  tasks: number[];
  frames: number[];
}

async function measure(page: Page, what: string, hash: string, panels: number): Promise<void> {
  await page.evaluate((to) => (location.hash = to), hash);
  await page
    .locator('[data-painted]')
    .nth(panels - 1)
    .waitFor();
  await page.waitForTimeout(1000);
  const chart = page.getByRole('application').first();
  const box = await chart.boundingBox();
  if (box === null) throw new Error('The panel is not on the screen.');
  const drag = async (): Promise<void> => {
    await page.mouse.move(box.x + 65, box.y + 15);
    await page.mouse.down();
    for (let step = 1; step <= STEPS; step++) {
      const share = step / STEPS;
      await page.mouse.move(box.x + 65 + share * (box.width - 85), box.y + 15 + share * (box.height - 65));
    }
    await page.mouse.up();
  };
  const hover = async (): Promise<void> => {
    for (let step = 0; step < STEPS; step++) {
      const share = step / STEPS;
      await page.mouse.move(box.x + 65 + share * (box.width - 85), box.y + box.height - 50 - share * (box.height - 65));
    }
  };
  report(`${what}: drawing a box`, await felt(page, drag));
  await page.keyboard.press('Escape');
  report(`${what}: pointing`, await felt(page, hover));
}

/** Tasks over 50 ms, as the browser itself reports them, and the time between frames meanwhile. */
async function felt(page: Page, work: () => Promise<void>): Promise<Felt> {
  await page.evaluate(() => {
    const kept = { tasks: [] as number[], frames: [] as number[], over: false };
    Object.assign(window, { kept });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) kept.tasks.push(entry.duration);
    }).observe({ type: 'longtask' });
    let last = performance.now();
    const frame = (): void => {
      const now = performance.now();
      kept.frames.push(now - last);
      last = now;
      if (!kept.over) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await work();
  await page.waitForTimeout(300);
  return page.evaluate(() => {
    const { kept } = window as unknown as { kept: Felt & { over: boolean } };
    kept.over = true;
    return { tasks: kept.tasks, frames: kept.frames.slice(1) };
  });
}

function report(what: string, { tasks, frames }: Felt): void {
  const sorted = frames.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? NaN).toFixed(0);
  const longest =
    tasks.length === 0 ? `no task over ${FELT_MS} ms` : `longest task ${Math.max(...tasks).toFixed(0)} ms`;
  console.log(`${what.padEnd(44)} ${longest}; frames: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, worst ${at(1)} ms`);
  if (tasks.length > 0) process.exitCode = 1;
}
