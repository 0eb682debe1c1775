import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newHome, removeHome, ROOT } from './harness.ts';
import { groupsDone, waitForStatus } from './steps.ts';
import { csvFile } from './test-files.ts';
import type { Bridge } from '../../src/shared/contract.ts';

declare global {
  interface Window {
    leverage?: Bridge;
  }
}

/** Electron's program, or why the suite can not run it. */
function electronOrReason(): { program: string } | { reason: string } {
  const folder = join(ROOT, 'node_modules', 'electron');
  const pathFile = join(folder, 'path.txt');
  const program = existsSync(pathFile) ? join(folder, 'dist', readFileSync(pathFile, 'utf8').trim()) : null;
  if (program === null || !existsSync(program))
    return { reason: 'Electron’s program is not installed (npx install-electron)' };
  if (!existsSync(join(ROOT, 'out', 'main', 'index.js'))) return { reason: 'the app is not built (npm run build)' };
  const display = process.platform !== 'linux' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'];
  return display ? { program } : { reason: 'there is no display for Electron’s window' };
}

const electron = electronOrReason();
const reason = 'reason' in electron ? electron.reason : null;

describe.skipIf(reason !== null)(`the app in Electron${reason === null ? '' : ` — ${reason}`}`, () => {
  let home: string;
  let app: ElectronApplication;
  let page: Page;

  beforeAll(async () => {
    home = await newHome();
    app = await _electron.launch({
      executablePath: 'program' in electron ? electron.program : '',
      // Chromium's sandbox does not run as root; the window's own settings are asserted below.
      args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), `--user-data-dir=${join(home, 'user-data')}`, ROOT],
      env: { ...process.env, LEVERAGE_HOME: home } as Record<string, string>,
    });
    page = await app.firstWindow();
    page.setDefaultTimeout(60_000);
  });

  afterAll(async () => {
    await app?.close();
    await removeHome(home);
  });

  it('boots from its own scheme with the samples in the library', async () => {
    expect(page.url()).toMatch(/^app:\/\/leverage\//);
    await expect.poll(() => page.getByTestId('dataset-row').count()).toBeGreaterThanOrEqual(2);
  });

  it('gives the page the bridge and nothing of Node or Electron', async () => {
    const seen = await page.evaluate(() => ({
      bridge: Object.keys(window.leverage ?? {}).sort(),
      foreign: ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer'].filter((name) => name in window),
    }));
    expect(seen).toEqual({ bridge: ['admitFiles', 'host', 'request', 'saveFile', 'subscribe'], foreign: [] });
  });

  it('runs its window isolated and sandboxed', async () => {
    const preferences = await app.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows();
      // Electron tells a window's final preferences by a method that its types leave out.
      const contents = window?.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> };
      const { contextIsolation, sandbox, nodeIntegration, webSecurity, webviewTag } = contents.getLastWebPreferences();
      return { contextIsolation, sandbox, nodeIntegration, webSecurity, webviewTag };
    });
    expect(preferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
    });
  });

  it('denies navigation, new windows, permissions and every foreign address', async () => {
    const windowsBefore = app.windows().length;
    const denied = await page.evaluate(async () => {
      const opened = window.open('https://example.org');
      location.href = 'https://example.org/';
      await new Promise((resolve) => setTimeout(resolve, 500));
      const fetched = await fetch('https://example.org').then(
        () => 'fetched',
        () => 'denied',
      );
      const notified = await Notification.requestPermission();
      return { opened: opened === null, fetched, notified };
    });
    expect(denied).toEqual({ opened: true, fetched: 'denied', notified: 'denied' });
    expect(page.url()).toMatch(/^app:\/\/leverage\//);
    expect(app.windows().length).toBe(windowsBefore);
  });

  it('refuses a file that a script made up, because it has no path', async () => {
    const refused = await page.evaluate(() =>
      window.leverage?.admitFiles([new File(['a'], '/etc/passwd')]).then(
        () => 'let in',
        () => 'refused',
      ),
    );
    expect(refused).toBe('refused');
  });

  it('imports a file from the disk and studies it', async () => {
    const file = join(home, 'clouds.csv');
    await writeFile(file, csvFile());
    await page.getByTestId('file-input').setInputFiles(file);
    await page.getByTestId('import-preview').waitFor();
    await page.getByTestId('import-confirm').click();
    await page.getByTestId('dataset-study').click();
    await page.getByTestId('run-study').click();
    await waitForStatus(page, 'Done');
    const { done, total } = await groupsDone(page);
    expect(done).toBe(total);
    await page.getByTestId('open-compare').click();
    await page.getByTestId('panel-influence-actual').waitFor();
  });
});
