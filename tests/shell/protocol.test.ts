import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerAppRequest, APP_PRIVILEGES, resolveAppUrl, setupProtocol } from '../../src/main/shell/protocol.ts';

let folder: string;
let root: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leverage-test-'));
  root = join(folder, 'pages');
  await mkdir(join(root, 'assets'), { recursive: true });
  await writeFile(join(root, 'index.html'), '<!doctype html>');
  await writeFile(join(root, 'assets', 'index-1.js'), 'export {};');
  await writeFile(join(folder, 'secret.txt'), 'secret');
});

afterAll(() => rm(folder, { recursive: true }));

describe('the app:// scheme', () => {
  it('is standard and secure, and bypasses no policy', () => {
    expect(APP_PRIVILEGES.privileges).toMatchObject({ standard: true, secure: true });
    expect(APP_PRIVILEGES.privileges).not.toHaveProperty('bypassCSP');
    expect(APP_PRIVILEGES.privileges).not.toHaveProperty('corsEnabled');
  });

  it('resolves the pages', () => {
    expect(resolveAppUrl('app://leverage/', root)).toBe(join(root, 'index.html'));
    expect(resolveAppUrl('app://leverage/assets/index-1.js?v=1#top', root)).toBe(join(root, 'assets', 'index-1.js'));
  });

  it.each([
    'app://leverage/../secret.txt',
    'app://leverage/%2e%2e/secret.txt',
    'app://leverage/%2E%2E%2Fsecret.txt',
    'app://leverage/..%2fsecret.txt',
    'app://leverage/..%5csecret.txt',
    'app://leverage/..\\secret.txt',
    'app://leverage/assets/%00.js',
    'app://leverage/assets/a\u0000.js',
    'app://leverage//etc/passwd',
    'app://leverage/assets/../../secret.txt',
    'app://other/index.html',
    'app://leverage.evil/index.html',
    'app://leverage:80/index.html',
    'app://user@leverage/index.html',
    'app:leverage/index.html',
    'APP://leverage/index.html',
    'file:///etc/passwd',
    'https://leverage/index.html',
    'javascript:alert(1)',
    'index.html',
    '',
  ])('refuses %j', async (url) => {
    expect(resolveAppUrl(url, root)).toBeNull();
    const response = await answerAppRequest({ url, method: 'GET' }, root);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain('secret');
  });

  it('answers with the type and a strict policy', async () => {
    const page = await answerAppRequest({ url: 'app://leverage/', method: 'GET' }, root);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'self'; style-src 'self'/);
    expect(page.headers.get('content-security-policy')).not.toMatch(/unsafe|\*/);
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    const script = await answerAppRequest({ url: 'app://leverage/assets/index-1.js', method: 'GET' }, root);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  });

  it('answers 404 for files that are not there, folders and other methods', async () => {
    for (const url of ['app://leverage/none.js', 'app://leverage/assets']) {
      expect((await answerAppRequest({ url, method: 'GET' }, root)).status).toBe(404);
    }
    expect((await answerAppRequest({ url: 'app://leverage/', method: 'POST' }, root)).status).toBe(404);
  });

  it('handles its own scheme only', () => {
    const handled: string[] = [];
    setupProtocol({ handle: (scheme) => void handled.push(scheme) }, root);
    expect(handled).toEqual(['app']);
  });
});
