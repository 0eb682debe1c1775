import { describe, expect, it } from 'vitest';
import { judgeRequest, newToken, type RequestHead } from '../../src/main/serve/access.ts';

const access = { token: newToken(), cookieName: 'leverage-4000' };
const cookie = `${access.cookieName}=${access.token}`;

function judge(head: Partial<RequestHead>): string {
  return judgeRequest(
    { method: 'GET', target: '/', upgrade: false, ...head, headers: { host: '127.0.0.1:4000', ...head.headers } },
    access,
  ).kind;
}

describe('access to the server', () => {
  it('makes tokens of 256 bits that differ', () => {
    expect(Buffer.from(newToken(), 'base64url').length).toBe(32);
    expect(newToken()).not.toBe(newToken());
  });

  it('exchanges the right token for a cookie, and nothing else', () => {
    expect(judge({ target: `/?token=${access.token}` })).toBe('exchange');
    expect(judge({ target: `/?token=${access.token.slice(1)}` })).toBe('refuse');
    expect(judge({ target: '/?token=' })).toBe('refuse');
    expect(judge({ target: `/?token=${access.token}`, method: 'POST' })).toBe('refuse');
    expect(judge({ target: `/?token=${access.token}`, upgrade: true })).toBe('refuse');
    expect(judge({ target: `/files?token=${access.token}` })).toBe('refuse');
  });

  it('refuses requests without the cookie or with a wrong one', () => {
    expect(judge({})).toBe('refuse');
    expect(judge({ headers: { cookie: `${access.cookieName}=x` } })).toBe('refuse');
    expect(judge({ headers: { cookie: `leverage-4001=${access.token}` } })).toBe('refuse');
    expect(judge({ headers: { cookie: `theme=dark; ${cookie}` } })).toBe('allow');
  });

  it.each(['evil.example', '127.0.0.1.evil.example', '192.168.0.2:4000', 'localhost.evil.example:4000', ''])(
    'refuses the host %j, as after DNS rebinding, even with the secret',
    (host) => {
      expect(judge({ headers: { host, cookie } })).toBe('refuse');
      expect(judge({ headers: { host }, target: `/?token=${access.token}` })).toBe('refuse');
    },
  );

  it.each(['localhost:4000', '[::1]:4000', '127.0.0.1:9999'])(
    'accepts the loopback host %s, as through a tunnel',
    (host) => {
      expect(judge({ headers: { host, cookie } })).toBe('allow');
    },
  );

  it('refuses sockets and uploads of a foreign origin, or of none', () => {
    const own = { cookie, origin: 'http://127.0.0.1:4000' };
    for (const head of [
      { upgrade: true, target: '/socket' },
      { method: 'POST', target: '/files?name=a' },
    ]) {
      expect(judge({ ...head, headers: own })).toBe('allow');
      expect(judge({ ...head, headers: { cookie } })).toBe('refuse');
      expect(judge({ ...head, headers: { cookie, origin: 'null' } })).toBe('refuse');
      expect(judge({ ...head, headers: { cookie, origin: 'http://127.0.0.1:5000' } })).toBe('refuse');
      expect(judge({ ...head, headers: { cookie, origin: 'https://127.0.0.1:4000' } })).toBe('refuse');
    }
  });

  it('refuses what a page on another port of this machine asks for', () => {
    expect(judge({ headers: { cookie, 'sec-fetch-site': 'same-site' } })).toBe('refuse');
    expect(judge({ headers: { cookie, 'sec-fetch-site': 'cross-site' } })).toBe('refuse');
    expect(judge({ headers: { cookie, 'sec-fetch-site': 'none' } })).toBe('allow');
  });
});
