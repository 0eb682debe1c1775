/** The whole app for the tests of one suite, which follow each other in the same window and on the same store. */
import type { Browser, Locator, Page } from 'playwright';
import { afterAll, beforeAll } from 'vitest';
import type { RunningApp } from './harness.ts';
import { startWholeApp, type WholeApp, type WholeAppOptions } from './whole-app.ts';

/** What the tests reach; each is a call, because it is there only once the suite runs, and anew after a restart. */
export interface AppInUse {
  app(): RunningApp;
  browser(): Browser;
  page(): Page;
  /** What went wrong in the page (see openPage). */
  troubles(): string[];
  /** The page's element with this test id. */
  hook(id: string): Locator;
  /** See WholeApp. */
  restart(): Promise<number | null>;
}

/** Starts the app before the suite's first test and ends it after the last. */
export function useApp(options: WholeAppOptions = {}): AppInUse {
  let started: WholeApp | undefined;
  const whole = (): WholeApp => {
    if (started === undefined) throw new Error('The app runs only while the tests of its suite do.');
    return started;
  };
  beforeAll(async () => {
    started = await startWholeApp(options);
  });
  afterAll(() => started?.close());
  return {
    app: () => whole().app,
    browser: () => whole().browser,
    page: () => whole().page,
    troubles: () => whole().troubles,
    hook: (id) => whole().page.getByTestId(id),
    restart: () => whole().restart(),
  };
}
