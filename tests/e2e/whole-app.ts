/** The whole app as a person has it: a store of its own, the app on it, and one page of a browser that shows it. */
import type { Browser, Page } from 'playwright';
import { launchBrowser, newHome, openPage, removeHome, startApp, type RunningApp } from './harness.ts';

export interface WholeAppOptions {
  /** How long the page waits for what a step asks of it. */
  patienceMs?: number;
  /** Fills the store's folder before the app starts. */
  prepare?(home: string): Promise<unknown>;
}

export interface WholeApp {
  readonly app: RunningApp;
  readonly browser: Browser;
  readonly page: Page;
  /** What went wrong in the page (see openPage). */
  readonly troubles: string[];
  /** Ends the app and starts it again on the same store, in a fresh page. @returns the exit status of the first */
  restart(): Promise<number | null>;
  /** Ends everything and removes the store. */
  close(): Promise<void>;
}

/** @throws what a step of the start threw, with nothing left behind */
export async function startWholeApp({ patienceMs = 60_000, prepare }: WholeAppOptions = {}): Promise<WholeApp> {
  const home = await newHome();
  let app: RunningApp | undefined;
  let browser: Browser | undefined;
  const show = async (shownIn: Browser): Promise<Pick<WholeApp, 'app' | 'page' | 'troubles'>> => {
    app = await startApp(home);
    const opened = await openPage(shownIn, app.url);
    opened.page.setDefaultTimeout(patienceMs);
    return { app, ...opened };
  };
  const close = async (): Promise<void> => {
    await browser?.close();
    await app?.stop();
    await removeHome(home);
  };
  try {
    await prepare?.(home);
    browser = await launchBrowser();
    const whole: WholeApp = {
      browser,
      ...(await show(browser)),
      async restart() {
        await whole.page.context().close();
        const status = await whole.app.stop();
        Object.assign(whole, await show(whole.browser));
        return status;
      },
      close,
    };
    return whole;
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
