/** The window built over the fake engine and served under the app's own content policy: a fresh page for each test. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Locator, type Page } from 'playwright';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { serveBuilt } from '../renderer/dev/serve-built.ts';
import { BROWSER_ARGUMENTS, installedBrowsers } from './browser.mjs';

const [program] = installedBrowsers();
const PATIENCE_MS = 15_000;

/** Whether there is no browser to show the window in. */
export const NO_CHROMIUM = program === undefined;

/** What the tests reach; each is a call, because it is there only while a test runs. */
export interface BuiltWindow {
  page(): Page;
  /** The page's element with this test id. */
  hook(id: string): Locator;
  /** Opens the window: what its fake engine is told (see fake-host.ts), as a query, and the view, as a hash. */
  open(query: string, hash: string): Promise<unknown>;
}

/** Builds the window before the suite's first test; each test fails that leaves a complaint in the page's console. */
export function useBuiltWindow(name: string): BuiltWindow {
  if (NO_CHROMIUM) console.warn(`tests/e2e/${name}.spec.ts: not run, because no Chromium is installed.`);
  let folder: string | undefined;
  let browser: Browser | undefined;
  let server: Server | undefined;
  let url: string;
  let shown: Page | undefined;
  let complaints: string[];
  const page = (): Page => {
    if (shown === undefined) throw new Error('The window is open only while a test runs.');
    return shown;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), `leverage-${name}-`));
    await build({
      configFile: join(import.meta.dirname, '../renderer/dev/vite.config.ts'),
      logLevel: 'error',
      build: { outDir: folder, reportCompressedSize: false, chunkSizeWarningLimit: 4000 },
    });
    ({ server, url } = await serveBuilt(folder));
    browser = await chromium.launch({ executablePath: program, args: BROWSER_ARGUMENTS });
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    if (browser === undefined) throw new Error('The browser was not started.');
    // Axe needs a context of its own to open pages in.
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
    shown = await context.newPage();
    complaints = [];
    shown.on('pageerror', (error) => complaints.push(error.message));
    shown.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
  });

  afterEach(async () => {
    await shown?.context().close();
    // Anything the content policy refuses is told here too.
    expect(complaints).toEqual([]);
  });

  return {
    page,
    hook: (id) => page().getByTestId(id),
    open: (query, hash) => page().goto(`${url}?${query}${hash}`),
  };
}

/** Asks again and again, until the window has come to show what is expected of it. */
export function eventually<T>(read: () => Promise<T>) {
  return expect.poll(read, { timeout: PATIENCE_MS });
}
