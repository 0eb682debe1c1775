import { describe, expect, it } from 'vitest';
import { assetPath, cacheControl, mimeType } from '../../src/shared/asset-path.ts';

describe('the path of a page file', () => {
  it('accepts the names that the build makes', () => {
    expect(assetPath('/')).toBe('index.html');
    expect(assetPath('/assets/index-D_x-41.js')).toBe('assets/index-D_x-41.js');
  });

  it.each([
    '/../package.json',
    '/assets/../../package.json',
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
    '/..%5cpackage.json',
    '/..\\package.json',
    '/assets/%00.js',
    '/assets/a\u0000.js',
    '/assets//a.js',
    '/./index.html',
    '/.git/config',
    '/assets/.env',
    '/C:/Windows/win.ini',
    '//etc/passwd',
    'index.html',
    '/ä.js',
    '/assets/',
  ])('refuses %j', (path) => {
    expect(assetPath(path)).toBeNull();
  });

  it('declares types, and caches only what carries a hash', () => {
    expect(mimeType('assets/a.js')).toBe('text/javascript; charset=utf-8');
    expect(mimeType('a.unknown')).toBe('application/octet-stream');
    expect(cacheControl('assets/a.js')).toContain('immutable');
    expect(cacheControl('index.html')).toBe('no-cache');
  });
});
