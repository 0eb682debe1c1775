/**
 * Which file of the built pages a request names. Both hosts ask here, so that there
 * is one rule to review: the path is matched as it was sent, before any decoding.
 */

/** A built file's name: letters, digits, _ - and dots, not starting with a dot or dash. Nothing is ever percent-encoded. */
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/**
 * @param path the raw path of a request, as sent ("/", "/assets/index-x1.js")
 * @returns the file relative to the folder of pages, or null when the path is not of the form that the build makes:
 *   traversal, percent-encoding, backslashes, null bytes, hidden files and empty segments are all refused
 */
export function assetPath(path: string): string | null {
  if (path === '' || path === '/') return 'index.html';
  if (!path.startsWith('/')) return null;
  const segments = path.slice(1).split('/');
  return segments.every((segment) => SEGMENT.test(segment)) ? segments.join('/') : null;
}

const MIME_TYPE: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  woff: 'font/woff',
  wasm: 'application/wasm',
  txt: 'text/plain; charset=utf-8',
};

/** The type to declare for a file; unknown endings are bytes, which `nosniff` keeps from being run. */
export function mimeType(file: string): string {
  return MIME_TYPE[file.slice(file.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';
}

/** Files under assets/ carry a hash of their content in their name: they never change. */
export function cacheControl(file: string): string {
  return file.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
}
