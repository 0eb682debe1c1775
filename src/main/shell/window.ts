/** The app's window. */
import type { BrowserWindow, BrowserWindowConstructorOptions } from 'electron';
import type { WindowState } from './window-state.ts';

/** How the window is made: the page is a web page and gets nothing of Node. */
export function windowOptions(preload: string, state: WindowState, packaged: boolean): BrowserWindowConstructorOptions {
  const { maximized: _, ...bounds } = state;
  return {
    ...bounds,
    minWidth: 900,
    minHeight: 600,
    title: 'Leverage',
    // Shown when painted: no white flash.
    show: false,
    autoHideMenuBar: false,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      // The spell checker would fetch dictionaries.
      spellcheck: false,
      devTools: !packaged,
    },
  };
}

/** Loads the page and shows the window once it is painted. */
export async function openWindow(window: BrowserWindow, url: string, state: WindowState): Promise<void> {
  window.once('ready-to-show', () => {
    if (state.maximized) window.maximize();
    window.show();
  });
  await window.loadURL(url);
}
