/**
 * What pages may not do, whatever they contain: use devices, open windows, leave the
 * app, embed others, reach any network. The one place where it is decided.
 */
import type { App, Session, WebContents } from 'electron';
import { originOf } from './app-origin.ts';

/** Schemes that never leave this machine and that the pages or the developer tools use. */
const LOCAL_SCHEMES: ReadonlySet<string> = new Set(['blob:', 'data:', 'devtools:']);

/** Whether a page may load this: the app's own files and what lives in memory. There is no network. */
export function isLocalRequest(url: string, origins: readonly string[]): boolean {
  if (origins.includes(originOf(url)) || origins.includes(originOf(url.replace(/^ws:/, 'http:')))) return true;
  return LOCAL_SCHEMES.has(url.slice(0, url.indexOf(':') + 1));
}

/** What the app's own pages may do with this machine: put a picture that a person copies on the clipboard. */
function isGranted(permission: string, origin: string, origins: readonly string[]): boolean {
  return permission === 'clipboard-sanitized-write' && origins.includes(originOf(origin));
}

/** Denies every permission but writing to the clipboard, and every request that is not the app's. */
export function setupSession(session: Session, origins: readonly string[]): void {
  session.setPermissionRequestHandler((_contents, permission, decide, { requestingUrl }) =>
    decide(isGranted(permission, requestingUrl, origins)),
  );
  session.setPermissionCheckHandler((_contents, permission, origin) => isGranted(permission, origin, origins));
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((details, decide) => decide({ cancel: !isLocalRequest(details.url, origins) }));
}

/** Denies navigation, new windows and embedding, in every page that the app ever opens. */
export function setupNavigation(app: Pick<App, 'on'>): void {
  app.on('web-contents-created', (_event, contents) => denyNavigation(contents));
}

export function denyNavigation(contents: Pick<WebContents, 'on' | 'setWindowOpenHandler'>): void {
  // External links too: the app is offline, and a link in a dataset is not a reason to leave it.
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => event.preventDefault());
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
}
