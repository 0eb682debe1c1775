/** Electron's entry: what the app is made of, in the order in which it is set up. */
import { app, BrowserWindow, dialog, ipcMain, Menu, protocol, screen, session, utilityProcess } from 'electron';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Engine } from '../shared/contract.ts';
import { toFailure } from '../shared/errors.ts';
import { startEngineClient } from './engine/engine-client.ts';
import { installedFiles } from './installed-files.ts';
import { APP_URL, trustedOrigins } from './shell/app-origin.ts';
import { chooseFiles, saveBytes } from './shell/dialogs.ts';
import { forkUtilityEngine } from './shell/engine.ts';
import { sendEvent, setupIpc } from './shell/ipc.ts';
import { menuTemplate } from './shell/menu.ts';
import { filesOfArguments, openedFiles } from './shell/opened-files.ts';
import { APP_PRIVILEGES, setupProtocol } from './shell/protocol.ts';
import { setupNavigation, setupSession } from './shell/security.ts';
import { openWindow, windowOptions } from './shell/window.ts';
import { readWindowState, rememberWindowState } from './shell/window-state.ts';
import { openableStoreFile } from './store-location.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const rendererUrl = app.isPackaged ? undefined : process.env['ELECTRON_RENDERER_URL'];
const origins = trustedOrigins(app.isPackaged, rendererUrl);

let window: BrowserWindow | null = null;
let engine: Engine | null = null;
/** Files that the system named before there was anything to open them. */
const early: string[] = filesOfArguments(process.argv, process.cwd(), app.isPackaged);
let offer: (paths: readonly string[]) => void = (paths) => early.push(...paths);

app.enableSandbox();
protocol.registerSchemesAsPrivileged([APP_PRIVILEGES]);
setupNavigation(app);
app.on('open-file', (event, path) => {
  event.preventDefault();
  offer([path]);
});

// The store has one writer: a second start hands its files to the first and leaves.
if (!app.requestSingleInstanceLock()) app.quit();
else {
  app.on('second-instance', (_event, args, folder) => {
    if (window?.isMinimized() === true) window.restore();
    window?.focus();
    offer(filesOfArguments(args, folder, app.isPackaged));
  });
  app.whenReady().then(start).catch(giveUp);
}

async function start(): Promise<void> {
  const installed = installedFiles();
  setupSession(session.defaultSession, origins);
  setupProtocol(protocol, installed.rendererFolder);

  const running = await startEngineClient({
    storeFile: openableStoreFile(),
    samplesFolder: installed.samplesFolder,
    host: 'electron',
    appVersion: installed.version,
    spawn: () => forkUtilityEngine(utilityProcess, join(HERE, 'engine-process.js')),
  });
  engine = running;

  const contents = () => (window === null || window.isDestroyed() ? null : window.webContents);
  const files = openedFiles(app, running, (event) => sendEvent(contents(), event), showFailure);
  offer = (paths) => void files.offer(paths);
  setupIpc({
    ipcMain,
    engine: running,
    contents,
    origins,
    admit: files.admit,
    save: (name, bytes) => (window === null ? Promise.resolve(false) : saveBytes(dialog, window, name, bytes)),
  });
  const menu = menuTemplate(process.platform, app.isPackaged, {
    importFiles: () => void importFiles(),
    command: (command) => sendEvent(contents(), { type: 'command.asked', command }),
  });
  Menu.setApplicationMenu(Menu.buildFromTemplate(menu));

  await showWindow();
  files.pageReady();
  offer(early.splice(0));
  app.on('activate', () => {
    if (window === null) showWindow().catch(giveUp);
  });
}

async function showWindow(): Promise<void> {
  const stateFile = join(app.getPath('userData'), 'window.json');
  const state = readWindowState(
    stateFile,
    screen.getAllDisplays().map((display) => display.workArea),
  );
  const created = new BrowserWindow(windowOptions(join(HERE, '..', 'preload', 'preload.cjs'), state, app.isPackaged));
  window = created;
  rememberWindowState(created, stateFile, (text) => console.warn(text));
  created.on('closed', () => (window = null));
  await openWindow(created, rendererUrl ?? APP_URL, state);
}

async function importFiles(): Promise<void> {
  if (window !== null) offer(await chooseFiles(dialog, window));
}

app.on('window-all-closed', () => {
  if (process.platform !== 'darwin') app.quit();
});

// The engine stops at its next batch and closes the store before the app goes.
app.on('before-quit', (event) => {
  const closing = engine;
  if (closing === null) return;
  event.preventDefault();
  engine = null;
  closing
    .close()
    .catch(showFailure)
    .finally(() => app.quit());
});

function showFailure(thrown: unknown): void {
  const { message, hint } = toFailure(thrown);
  dialog.showErrorBox(message, hint);
}

/** There is no app without its engine or its page. */
function giveUp(thrown: unknown): void {
  showFailure(thrown);
  app.exit(1);
}
