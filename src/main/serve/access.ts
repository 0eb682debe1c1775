/**
 * Who may talk to the server. It listens on loopback, but every program and every web
 * page on this machine can reach loopback: so the URL carries a secret, which a cookie
 * replaces, and requests that another site makes are refused (DNS rebinding, CSRF).
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Access {
  /** The secret in the URL and in the cookie. */
  token: string;
  /** Cookies do not know ports: the name keeps two running apps apart. */
  cookieName: string;
}

export interface RequestHead {
  method: string;
  /** As sent: path and query. */
  target: string;
  headers: IncomingHttpHeaders;
  /** A WebSocket handshake, which browsers let any page attempt. */
  upgrade: boolean;
}

export type Verdict =
  | { kind: 'allow' }
  /** The token was right: hand out the cookie and clear the address bar. */
  | { kind: 'exchange'; viaPage: boolean }
  | { kind: 'refuse'; sentence: string };

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

/** 256 bits, URL-safe. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Decides one request, by its head alone. */
export function judgeRequest(head: RequestHead, access: Access): Verdict {
  const host = head.headers.host ?? '';
  if (!LOOPBACK_HOST.test(host)) {
    return refuse('Leverage answers only under the address of this machine’s loopback, such as 127.0.0.1.');
  }

  const offered = offeredToken(head.target);
  if (offered !== null) {
    if (head.upgrade || head.method !== 'GET' || !sameSecret(offered, access.token)) return refuse(WRONG_KEY);
    // After a click on another site's page the browser withholds a strict cookie from a redirect, not from our own page.
    const site = head.headers['sec-fetch-site'];
    return { kind: 'exchange', viaPage: site === 'cross-site' || site === 'same-site' };
  }

  if (!sameSecret(cookie(head.headers.cookie, access.cookieName), access.token)) return refuse(WRONG_KEY);

  const origin = head.headers.origin;
  const mustNameOrigin = head.upgrade || (head.method !== 'GET' && head.method !== 'HEAD');
  if ((origin !== undefined || mustNameOrigin) && origin !== `http://${host}`) return refuse(FOREIGN);
  const site = head.headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return refuse(FOREIGN);
  return { kind: 'allow' };
}

/** The Set-Cookie that stands for the token from now on. */
export function accessCookie(access: Access): string {
  return `${access.cookieName}=${access.token}; Path=/; HttpOnly; SameSite=Strict`;
}

const WRONG_KEY = 'Open the address that Leverage printed when it started: it carries the key to this page.';
const FOREIGN = 'Leverage refuses requests that another page makes.';

function refuse(sentence: string): Verdict {
  return { kind: 'refuse', sentence };
}

/** The token of `/?token=…`; null when the target is anything else. */
function offeredToken(target: string): string | null {
  if (!target.startsWith('/?')) return null;
  return new URLSearchParams(target.slice(2)).get('token');
}

function cookie(header: string | undefined, name: string): string {
  for (const pair of (header ?? '').split(';')) {
    const [key, value] = pair.trim().split('=', 2);
    if (key === name) return value ?? '';
  }
  return '';
}

/** Compares in a time that does not depend on where the strings differ. */
function sameSecret(offered: string, secret: string): boolean {
  const a = Buffer.from(offered);
  const b = Buffer.from(secret);
  return a.length === b.length && timingSafeEqual(a, b);
}
