/**
 * Which browser the end-to-end tests drive: the system's Chromium or Chrome, else the one
 * that Playwright has downloaded. Plain JavaScript, because the test runner needs it too.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * Arguments of every launch. Chromium's own sandbox does not run as root; the rest keeps the
 * browser from calling home, so that a request seen by a test is the app's.
 */
export const BROWSER_ARGUMENTS = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-pings',
  '--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication',
  '--disable-gpu',
];

/** @returns {string[]} the programs of the browsers that are installed, best first; LEVERAGE_BROWSER overrides the search */
export function installedBrowsers() {
  const chosen = process.env.LEVERAGE_BROWSER;
  if (chosen) return existsSync(chosen) ? [chosen] : [];
  const folders = (process.env.PATH ?? '').split(delimiter);
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).filter(isExecutable);
  return [...onPath, ...ELSEWHERE.filter((program) => existsSync(program)), chromium.executablePath()].filter(
    (program) => existsSync(program),
  );
}

/**
 * Starts a browser and closes it.
 * @param {string} program
 * @returns {Promise<string | null>} why it does not run, or null when it does
 */
export async function whyNotRunning(program) {
  try {
    const browser = await chromium.launch({ executablePath: program, args: BROWSER_ARGUMENTS, timeout: 60_000 });
    await browser.close();
    return null;
  } catch (thrown) {
    const [line] = String(thrown instanceof Error ? thrown.message : thrown).split('\n');
    return `${program} does not start (${line})`;
  }
}

/** @param {string} program */
function isExecutable(program) {
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
