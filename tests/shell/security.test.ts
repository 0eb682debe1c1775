import { EventEmitter } from 'node:events';
import type { Session, WebContents } from 'electron';
import { describe, expect, it } from 'vitest';
import { trustedOrigins } from '../../src/main/shell/app-origin.ts';
import { denyNavigation, isLocalRequest, setupNavigation, setupSession } from '../../src/main/shell/security.ts';
import { windowOptions } from '../../src/main/shell/window.ts';

const state = { width: 1200, height: 800, maximized: false };

describe('the window', () => {
  it('gives the page nothing of Node', () => {
    const { webPreferences } = windowOptions('/app/preload.cjs', state, true);
    expect(webPreferences).toMatchObject({
      preload: '/app/preload.cjs',
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
      devTools: false,
    });
    expect(webPreferences).not.toHaveProperty('enableBlinkFeatures');
  });

  it('opens where it was', () => {
    expect(windowOptions('p', { ...state, x: 5, y: 6 }, false)).toMatchObject({
      x: 5,
      y: 6,
      width: 1200,
      height: 800,
      show: false,
    });
  });
});

describe('trusted origins', () => {
  it('are the app’s own, and a development server on loopback', () => {
    expect(trustedOrigins(false, undefined)).toEqual(['app://leverage']);
    expect(trustedOrigins(false, 'http://localhost:5173/')).toEqual(['app://leverage', 'http://localhost:5173']);
    expect(trustedOrigins(true, 'http://localhost:5173/')).toEqual(['app://leverage']);
    expect(trustedOrigins(false, 'http://evil.example:5173/')).toEqual(['app://leverage']);
    expect(trustedOrigins(false, 'http://localhost:5173.evil.example/')).toEqual(['app://leverage']);
  });
});

describe('requests of a page', () => {
  it.each(['app://leverage/assets/a.js', 'blob:app://leverage/1', 'data:image/png;base64,AA'])('may be %s', (url) => {
    expect(isLocalRequest(url, ['app://leverage'])).toBe(true);
  });

  it.each([
    'https://example.org/',
    'http://localhost:5173/',
    'ws://localhost:1/',
    'file:///etc/passwd',
    'app://other/',
    'ftp://x/',
  ])('may not be %s', (url) => {
    expect(isLocalRequest(url, ['app://leverage'])).toBe(false);
  });

  it('may be the development server’s, its socket too', () => {
    const origins = trustedOrigins(false, 'http://localhost:5173');
    expect(isLocalRequest('ws://localhost:5173/', origins)).toBe(true);
    expect(isLocalRequest('ws://localhost:5174/', origins)).toBe(false);
  });
});

describe('a session', () => {
  it('denies every permission, device and foreign request', () => {
    const handlers: Record<string, (...args: never[]) => unknown> = {};
    const set = (name: string) => (handler: (...args: never[]) => unknown) => void (handlers[name] = handler);
    const session = {
      setPermissionRequestHandler: set('request'),
      setPermissionCheckHandler: set('check'),
      setDevicePermissionHandler: set('device'),
      webRequest: { onBeforeRequest: set('web') },
    };
    setupSession(session as unknown as Session, ['app://leverage']);

    const decisions: unknown[] = [];
    const decide = (decision: unknown): void => void decisions.push(decision);
    for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal']) {
      const details = { requestingUrl: 'app://leverage/' };
      handlers['request']?.(null as never, permission as never, decide as never, details as never);
    }
    expect(decisions).toEqual([false, false, false, false, false]);
    expect(handlers['check']?.(null as never, 'media' as never, 'app://leverage/' as never)).toBe(false);
    expect(handlers['device']?.()).toBe(false);
    handlers['web']?.({ url: 'https://example.org' } as never, decide as never);
    handlers['web']?.({ url: 'app://leverage/' } as never, decide as never);
    expect(decisions.slice(5)).toEqual([{ cancel: true }, { cancel: false }]);
  });

  it('lets the app’s own pages, and no others, put a picture on the clipboard', () => {
    const handlers: Record<string, (...args: never[]) => unknown> = {};
    const set = (name: string) => (handler: (...args: never[]) => unknown) => void (handlers[name] = handler);
    const session = {
      setPermissionRequestHandler: set('request'),
      setPermissionCheckHandler: set('check'),
      setDevicePermissionHandler: set('device'),
      webRequest: { onBeforeRequest: set('web') },
    };
    setupSession(session as unknown as Session, ['app://leverage']);
    const copy = 'clipboard-sanitized-write';
    for (const [url, granted] of [
      ['app://leverage/', true],
      ['https://example.org/', false],
      ['', false],
    ] as const) {
      const decisions: unknown[] = [];
      const decide = (decision: unknown): void => void decisions.push(decision);
      handlers['request']?.(null as never, copy as never, decide as never, { requestingUrl: url } as never);
      expect(decisions).toEqual([granted]);
      expect(handlers['check']?.(null as never, copy as never, url as never)).toBe(granted);
    }
  });
});

describe('every page', () => {
  function page(): EventEmitter & { open?: (details: { url: string }) => unknown } {
    const contents = new EventEmitter() as EventEmitter & {
      open?: (details: { url: string }) => unknown;
      setWindowOpenHandler: (handler: (details: { url: string }) => unknown) => void;
    };
    contents.setWindowOpenHandler = (handler) => (contents.open = handler);
    return contents;
  }

  it('is denied navigation, new windows and embedding', () => {
    const contents = page();
    denyNavigation(contents as unknown as WebContents);
    expect(contents.open?.({ url: 'https://example.org' })).toEqual({ action: 'deny' });
    for (const name of ['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview']) {
      let prevented = false;
      contents.emit(name, { preventDefault: () => (prevented = true) });
      expect(prevented, name).toBe(true);
    }
  });

  it('is denied it from its creation on', () => {
    const app = new EventEmitter();
    setupNavigation(app as unknown as Parameters<typeof setupNavigation>[0]);
    const contents = page();
    app.emit('web-contents-created', {}, contents);
    expect(contents.open?.({ url: 'app://leverage/' })).toEqual({ action: 'deny' });
  });
});
