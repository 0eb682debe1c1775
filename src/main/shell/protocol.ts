/** `app://leverage/…`: the built pages, read from their folder and from nowhere else. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CustomScheme, Protocol } from 'electron';
import { assetPath, mimeType } from '../../shared/asset-path.ts';
import { SECURITY_HEADERS } from '../../shared/content-policy.ts';
import { APP_SCHEME } from './app-origin.ts';

/** Must be registered before the app is ready. `standard` gives the pages an origin, `secure` the APIs of a secure one. */
export const APP_PRIVILEGES: CustomScheme = {
  scheme: APP_SCHEME,
  privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
};

/** Host exact, path as sent; a user, a port or another host is a different address. */
const APP_ADDRESS = /^app:\/\/leverage(\/[^?#]*)?(\?[^#]*)?(#.*)?$/;

/**
 * The file that a URL names, or null when it names none: other schemes and hosts, traversal,
 * percent-encoding, backslashes and null bytes are refused by the text of the URL, before anything normalises it.
 */
export function resolveAppUrl(url: string, root: string): string | null {
  const match = APP_ADDRESS.exec(url);
  if (match === null) return null;
  const relative = assetPath(match[1] ?? '/');
  return relative === null ? null : join(root, relative);
}

/** Answers one request for `app://`. */
export async function answerAppRequest(request: Pick<Request, 'url' | 'method'>, root: string): Promise<Response> {
  const file = request.method === 'GET' ? resolveAppUrl(request.url, root) : null;
  if (file === null) return sentence(404, 'There is no such page.');
  try {
    const content = new Uint8Array(await readFile(file));
    return new Response(content, { headers: { ...SECURITY_HEADERS, 'Content-Type': mimeType(file) } });
  } catch (thrown) {
    const missing =
      thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'EISDIR');
    return missing ? sentence(404, 'There is no such page.') : sentence(500, 'The page could not be read.');
  }
}

export function setupProtocol(protocol: Pick<Protocol, 'handle'>, root: string): void {
  protocol.handle(APP_SCHEME, (request) => answerAppRequest(request, root));
}

function sentence(status: number, text: string): Response {
  return new Response(text, { status, headers: { ...SECURITY_HEADERS, 'Content-Type': 'text/plain; charset=utf-8' } });
}
