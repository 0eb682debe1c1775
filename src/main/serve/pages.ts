/** Hands out the built pages. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { assetPath, cacheControl, mimeType } from '../../shared/asset-path.ts';
import { SECURITY_HEADERS } from '../../shared/content-policy.ts';

/** Answers GET or HEAD of one page file; 404 for every path that the build could not have made. */
export async function sendPage(
  folder: string,
  target: string,
  method: string,
  response: ServerResponse,
): Promise<void> {
  const query = target.indexOf('?');
  const relative = assetPath(query === -1 ? target : target.slice(0, query));
  const file = relative === null ? null : join(folder, relative);
  const found = file === null ? null : await stat(file).catch(() => null);
  if (relative === null || file === null || found === null || !found.isFile()) {
    sendText(response, 404, 'There is no such page.');
    return;
  }
  response.writeHead(200, {
    ...SECURITY_HEADERS,
    'Content-Type': mimeType(relative),
    'Content-Length': found.size,
    'Cache-Control': cacheControl(relative),
  });
  if (method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(createReadStream(file), response);
}

/** Answers with one sentence. */
export function sendText(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
  });
  response.end(`${sentence}\n`);
}

/** Answers with a JSON value, never cached. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
  });
  response.end(JSON.stringify(value));
}
