/** The address under which Electron hands out the pages, and who is of it. */

export const APP_SCHEME = 'app';
export const APP_HOST = 'leverage';
/** Where the window starts. */
export const APP_URL = `${APP_SCHEME}://${APP_HOST}/`;

/**
 * The origins whose pages may talk to this program: the app's own, and while developing the
 * loopback address of the development server (`ELECTRON_RENDERER_URL`, never in a packaged app).
 */
export function trustedOrigins(packaged: boolean, rendererUrl: string | undefined): string[] {
  const development = packaged || rendererUrl === undefined ? null : loopbackOrigin(rendererUrl);
  return development === null ? [originOf(APP_URL)] : [originOf(APP_URL), development];
}

/** Scheme and host of a URL ("app://leverage"); "" when it is none. `URL.origin` is "null" for schemes that Node does not know. */
export function originOf(url: string): string {
  try {
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
  } catch {
    return '';
  }
}

function loopbackOrigin(url: string): string | null {
  return /^http:\/\/(localhost|127\.0\.0\.1):\d+(\/|$)/.test(url) ? originOf(url) : null;
}
