/** What the end-to-end tests stand on: the app under `serve` with a store of its own, and a browser. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright';
import { BROWSER_ARGUMENTS, installedBrowsers } from './browser.mjs';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const START_PATIENCE_MS = 60_000;
const STOP_PATIENCE_MS = 30_000;

/** Why there is no browser to test with, or null. */
export const NO_BROWSER: string | null =
  process.env['LEVERAGE_NO_BROWSER'] ?? (installedBrowsers().length === 0 ? 'no browser is installed' : null);

/** Nothing but this machine can be reached: what a page asks of the network fails, and the test sees it. */
const OFFLINE = ['--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1'];

export function launchBrowser(): Promise<Browser> {
  const [program] = installedBrowsers();
  return chromium.launch({ executablePath: program, args: [...BROWSER_ARGUMENTS, ...OFFLINE] });
}

/** A page and everything that went wrong in it: errors, refusals of the content policy, requests to elsewhere. */
export async function openPage(browser: Browser, url: string): Promise<{ page: Page; troubles: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`console: ${message.text()}`);
  });
  const own = new URL(url).host;
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (['http:', 'https:', 'ws:', 'wss:'].includes(asked.protocol) && asked.host !== own)
      troubles.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, troubles };
}

export interface RunningApp {
  url: string;
  home: string;
  /** The engine's process, as it is now. */
  enginePid(): number;
  /** Ctrl-C; resolves with the exit status. */
  stop(): Promise<number | null>;
}

export function newHome(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'leverage-e2e-'));
}

export function removeHome(home: string): Promise<void> {
  return rm(home, { recursive: true, force: true });
}

/** Starts the app as a person does, with the store in `home`. */
export async function startApp(home: string): Promise<RunningApp> {
  const child = spawn(process.execPath, [join(ROOT, 'src', 'main', 'launch.mjs'), 'start', '--no-open'], {
    cwd: home,
    env: { ...process.env, LEVERAGE_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
  try {
    const url = await printedUrl(child);
    return {
      url,
      home,
      enginePid: () => enginePidOf(child),
      async stop() {
        child.kill('SIGINT');
        const patience = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
        const code = await exited;
        clearTimeout(patience);
        return code;
      },
    };
  } catch (thrown) {
    child.kill('SIGKILL');
    throw thrown;
  }
}

function printedUrl(child: ChildProcess): Promise<string> {
  const printed: string[] = [];
  return new Promise((resolve, reject) => {
    const give = (why: string): void => reject(new Error(`The app ${why}. It printed:\n${printed.join('\n')}`));
    const timer = setTimeout(() => give('printed no address in time'), START_PATIENCE_MS);
    child.on('close', (code) => give(`ended with status ${code}`));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        printed.push(line);
        const url = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(line)?.[0];
        if (url === undefined) return;
        clearTimeout(timer);
        resolve(url);
      });
    }
  });
}

/** The child of the server whose command line names the engine (Linux: read from /proc). */
function enginePidOf(server: ChildProcess): number {
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = /\) \w (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8'))?.[1];
      if (Number(parent) === server.pid && readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes('engine-process')) {
        return Number(entry);
      }
    } catch {
      // It ended between listing and reading.
    }
  }
  throw new Error('The engine’s process was not found.');
}
