/**
 * `node tests/bench/history.ts [--studies 200] [--effects 20000] [--runs 5] [--home DIR]`: how fast a full
 * store opens. Generates it in a temporary folder, times the store alone, then serves it and opens it in
 * Chromium: a page to the list of studies, the list to one study's charts, and a page straight to the charts.
 *
 * An effect is one group × evaluation, with all its estimators (a row of the bundle's effects.csv).
 */
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright';
import { openReader } from '../../src/main/store/index.ts';
import { STORE_FILE_NAME } from '../../src/main/store-location.ts';
import { launchBrowser, newHome, NO_BROWSER, openPage, startApp } from '../e2e/harness.ts';
import { evaluationsFor, generateStore } from './generated-store.ts';

const LIST_MS = 300;
const CHARTS_MS = 500;
const EVALUATIONS = 12;
/** A panel with its marks painted; the panels of a study are painted one right after the other. */
const CHARTS = '[data-testid=panel-influence-newton] [data-painted]';

const { values: options } = parseArgs({
  options: {
    studies: { type: 'string', default: '200' },
    effects: { type: 'string', default: '20000' },
    runs: { type: 'string', default: '5' },
    /** A folder to keep the store in, so that a second run need not generate it. */
    home: { type: 'string' },
  },
});
const studies = Number(options.studies);
const runs = Number(options.runs);
const groupCount = Math.ceil(Number(options.effects) / EVALUATIONS);
const home = options.home ?? (await newHome());

try {
  await generate();
  timeStore();
  if (NO_BROWSER !== null) console.log(`Not opened in a browser: ${NO_BROWSER}.`);
  else await timeWindow();
} finally {
  if (options.home === undefined) rmSync(home, { recursive: true, force: true });
}

async function generate(): Promise<void> {
  const file = join(home, STORE_FILE_NAME);
  if (!existsSync(file)) {
    const start = performance.now();
    await generateStore(
      home,
      Array.from({ length: studies }, (_, k) => ({
        id: `study-${k}`,
        name: `Study ${k + 1}`,
        groupCount,
        evaluations: evaluationsFor(EVALUATIONS),
        relativeL2: 10 ** (-4 + (k % 7) / 2),
        seed: k,
        createdAt: new Date(Date.UTC(2026, 0, 1) + k * 3_600_000).toISOString(),
        groups: 'constructed' as const,
      })),
    );
    console.log(`Generated in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
  }
  const effects = studies * groupCount * EVALUATIONS;
  const size = (statSync(file).size / 1e6).toFixed(0);
  console.log(`${studies} studies, ${effects.toLocaleString('en')} effects × 3 estimators, ${size} MB.`);
}

/** The store alone, without a window: a fresh reader for each run, so that nothing is cached but by the system. */
function timeStore(): void {
  const times: Record<string, number[]> = {};
  const timed = <T>(what: string, work: () => T): T => {
    const start = performance.now();
    const result = work();
    (times[what] ??= []).push(performance.now() - start);
    return result;
  };
  for (let run = 0; run < runs; run++) {
    const store = timed('store: open', () => openReader(join(home, STORE_FILE_NAME)));
    const list = timed('store: list of studies', () => store.studies.list());
    const study = list[(run * 37) % list.length]!;
    timed('store: groups of a study', () => store.groups.list(study.id));
    const evaluations = store.groups.evaluations(study.id);
    timed('store: effects of a study', () =>
      store.effects.table(study.id, study.groupCount, evaluations, study.estimators),
    );
    store.close();
  }
  for (const [what, list] of Object.entries(times)) report(what, list);
}

async function timeWindow(): Promise<void> {
  const starting = performance.now();
  const app = await startApp(home);
  console.log(`The app printed its address after ${((performance.now() - starting) / 1000).toFixed(1)} s.`);
  const browser = await launchBrowser();
  try {
    const list: number[] = [];
    const charts: number[] = [];
    const direct: number[] = [];
    for (let run = 0; run < runs; run++) {
      const page = await freshPage(browser, app.url);
      await page.goto(app.url.replace('?', '?list&') + '#/history');
      list.push(await shown(page, '[data-testid=history-row]', 0));
      await page.waitForLoadState('networkidle');
      const row = page.getByTestId('history-open').nth((run * 3) % 15);
      const from = await row.evaluate((node) => {
        const now = performance.now();
        node.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
        return now;
      });
      charts.push(await shown(page, CHARTS, from));
      const hash = new URL(page.url()).hash;
      await page.context().close();
      const second = await freshPage(browser, app.url);
      await second.goto(app.url.replace('?', '?direct&') + hash);
      direct.push(await shown(second, CHARTS, 0));
      await second.context().close();
    }
    report('page → list of studies', list, LIST_MS);
    report('list → a study’s charts', charts, CHARTS_MS);
    report('page → a study’s charts', direct);
  } finally {
    await browser.close();
    await app.stop();
  }
}

/** A context of its own: nothing is in the browser's cache. The address's token is handed over first. */
async function freshPage(browser: Browser, url: string): Promise<Page> {
  const { page } = await openPage(browser, url);
  await page.waitForLoadState('networkidle');
  await page.goto('about:blank');
  return page;
}

/** Milliseconds from `from` (on the page's clock: 0 is its navigation) to the frame after `selector` is there. */
function shown(page: Page, selector: string, from: number): Promise<number> {
  return page.evaluate(
    ([wanted, start]) =>
      new Promise<number>((resolve) => {
        const look = (): void => {
          if (document.querySelector(wanted) === null) requestAnimationFrame(look);
          else requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
        };
        look();
      }),
    [selector, from] as const,
  );
}

function report(what: string, times: readonly number[], limit?: number): void {
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const worst = sorted.at(-1) ?? NaN;
  const verdict = limit === undefined ? '' : median < limit ? ` · within ${limit} ms` : ` · ABOVE ${limit} ms`;
  const each = times.map((time) => time.toFixed(0)).join(', ');
  console.log(`${what.padEnd(28)} median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms (${each})${verdict}`);
  if (limit !== undefined && !(median < limit)) process.exitCode = 1;
}
