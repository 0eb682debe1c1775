import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { startServer, type RunningServer } from '../../src/main/serve/server.ts';
import { LeverageError } from '../../src/shared/errors.ts';
import { createFrameReader, encodeFrames, MAX_FRAME_BYTES, type WireMessage } from '../../src/shared/wire.ts';
import { fakeEngine, type FakeEngine } from './fake-engine.ts';

const big = Float64Array.from({ length: 2_500_000 }, (_, i) => i / 3);
let folder: string;
let server: RunningServer;
let fake: FakeEngine;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leverage-test-'));
  await mkdir(join(folder, 'pages', 'assets'), { recursive: true });
  await writeFile(join(folder, 'pages', 'index.html'), '<!doctype html><title>Leverage</title>');
  await writeFile(join(folder, 'pages', 'assets', 'index-1.js'), 'export {};');
  await writeFile(join(folder, 'secret.txt'), 'secret');
  fake = fakeEngine({
    'datasets.list': () => [],
    'datasets.get': () => {
      throw new LeverageError('notFound', 'There is no dataset x.', 'Choose another.');
    },
    'studies.effects': () => ({ groupCount: 1, evaluations: [], estimators: [], values: big }),
  });
  server = await startServer({ engine: fake.engine, rendererFolder: join(folder, 'pages') });
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** node:http sends the path as it is given; fetch would tidy it first. */
function send(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port: server.port,
      path,
      method: options.method,
      headers: options.headers,
    });
    request.on('error', reject);
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    request.end(options.body);
  });
}

async function cookie(): Promise<string> {
  const { headers } = await send(new URL(server.url).pathname + new URL(server.url).search);
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

const origin = (): string => `http://127.0.0.1:${server.port}`;

describe('the loopback server', () => {
  it('exchanges the token for a strict cookie and clears the address bar', async () => {
    const { status, headers } = await send(`/?token=${new URL(server.url).searchParams.get('token')}`);
    expect(status).toBe(303);
    expect(headers.location).toBe('/');
    expect(headers['set-cookie']?.[0]).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  });

  it('refuses everything else without the cookie, with a sentence', async () => {
    for (const path of ['/', '/assets/index-1.js', '/files?name=a', '/nowhere', '/?token=wrong']) {
      const { status, body } = await send(path);
      expect(status).toBe(403);
      expect(body).toContain('Open the address that Leverage printed');
    }
    expect((await send('/files?name=a', { method: 'POST', body: 'x' })).status).toBe(403);
    expect(fake.admitted).toEqual([]);
  });

  it('hands out pages under a strict policy, and hashed files for ever', async () => {
    const page = await send('/', { headers: { cookie: await cookie() } });
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['cache-control']).toBe('no-cache');
    const policy = page.headers['content-security-policy'];
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(page.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
    const script = await send('/assets/index-1.js', { headers: { cookie: await cookie() } });
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(script.headers['cache-control']).toContain('immutable');
  });

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..%5csecret.txt',
    '/assets/../../secret.txt',
    '/assets',
  ])('finds no page at %s', async (path) => {
    const { status, body } = await send(path, { headers: { cookie: await cookie() } });
    expect(status).toBe(404);
    expect(body).not.toContain('secret\n');
  });

  it('answers other methods with 405', async () => {
    const headers = { cookie: await cookie(), origin: origin() };
    expect((await send('/', { method: 'DELETE', headers })).status).toBe(405);
  });

  it('names a port that is taken', async () => {
    await expect(startServer({ engine: fake.engine, rendererFolder: folder, port: server.port })).rejects.toMatchObject(
      {
        kind: 'unavailable',
        message: `Port ${server.port} is already in use.`,
      },
    );
  });
});

describe('uploads', () => {
  it('stream a file to the engine and remove it when the server closes', async () => {
    const headers = { cookie: await cookie(), origin: origin() };
    const { status, body } = await send(`/files?name=${encodeURIComponent('ä b.csv')}`, {
      method: 'POST',
      headers,
      body: 'a,b\n1,2\n',
    });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({ handle: 'handle-1', name: 'ä b.csv', bytes: 8 });
    const [file] = fake.admitted;
    expect(file?.content.toString()).toBe('a,b\n1,2\n');
    expect(existsSync(file?.path ?? '')).toBe(true);
    await server.close();
    expect(existsSync(dirname(dirname(file?.path ?? '')))).toBe(false);
    server = await startServer({ engine: fake.engine, rendererFolder: folder });
  });

  it('keep a name with a path inside the folder, and refuse a name that is none', async () => {
    const headers = { cookie: await cookie(), origin: origin() };
    await send(`/files?name=${encodeURIComponent('../../etc/a.csv')}`, { method: 'POST', headers, body: 'x' });
    expect(fake.admitted[0]?.name).toBe('a.csv');
    const refused = await send('/files?name=..', { method: 'POST', headers, body: 'x' });
    expect(refused.status).toBe(400);
    expect(JSON.parse(refused.body)).toMatchObject({ kind: 'invalidInput' });
  });

  it('refuse a file that the disk can not hold, before it is sent', async () => {
    const headers = { cookie: await cookie(), origin: origin(), 'content-length': String(1e15) };
    const reply = await new Promise<number>((resolve, reject) => {
      const request = httpRequest({
        host: '127.0.0.1',
        port: server.port,
        path: '/files?name=a',
        method: 'POST',
        headers,
      });
      request.on('error', reject);
      request.on('response', (response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
      request.flushHeaders();
    });
    expect(reply).toBe(507);
  });
});

describe('the socket', () => {
  async function open(headers: Record<string, string> = {}): Promise<WebSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/socket`, {
      headers: { origin: origin(), cookie: await cookie(), ...headers },
    });
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return socket;
  }

  function nextMessage(socket: WebSocket, frameBytes: number[] = []): Promise<WireMessage> {
    const read = createFrameReader();
    return new Promise((resolve) => {
      const listener = (data: Buffer): void => {
        frameBytes.push(data.length);
        const message = read(data);
        if (message === null) return;
        socket.off('message', listener);
        resolve(message);
      };
      socket.on('message', listener);
    });
  }

  async function call(socket: WebSocket, method: string, input: unknown, frameBytes?: number[]): Promise<WireMessage> {
    const answer = nextMessage(socket, frameBytes);
    for (const frame of encodeFrames({ kind: 'call', id: 5, method, input })) socket.send(frame);
    return answer;
  }

  it('is refused without the cookie and to a foreign origin or host', async () => {
    await expect(open({ cookie: '' })).rejects.toThrow('403');
    await expect(open({ origin: 'http://evil.example' })).rejects.toThrow('403');
    await expect(open({ host: 'evil.example' })).rejects.toThrow('403');
  });

  it('answers calls by id, and failures with their sentence', async () => {
    const socket = await open();
    expect(await call(socket, 'datasets.list', {})).toEqual({ kind: 'answer', id: 5, answer: { ok: true, value: [] } });
    expect(await call(socket, 'datasets.get', { id: 'x' })).toMatchObject({
      answer: { ok: false, failure: { kind: 'notFound', message: 'There is no dataset x.', hint: 'Choose another.' } },
    });
    socket.terminate();
  });

  it('refuses unknown methods, headless ones and inputs that do not fit, before the engine sees them', async () => {
    const socket = await open();
    const refused = { answer: { ok: false, failure: { kind: 'invalidInput' } } };
    expect(await call(socket, 'no.such', {})).toMatchObject(refused);
    expect(await call(socket, 'constructor', {})).toMatchObject(refused);
    expect(await call(socket, 'datasets.ensure', { spec: { sample: 'digits' }, folder: '/' })).toMatchObject(refused);
    expect(await call(socket, 'datasets.get', { id: 5 })).toMatchObject(refused);
    expect(await call(socket, 'datasets.list', { extra: 1 })).toMatchObject(refused);
    expect(fake.calls).toEqual([]);
    socket.terminate();
  });

  it('sends 20 MB of effects in frames of at most 16 MB', async () => {
    const socket = await open();
    const frameBytes: number[] = [];
    const message = await call(socket, 'studies.effects', { id: 'x' }, frameBytes);
    expect(frameBytes.length).toBe(2);
    expect(Math.max(...frameBytes)).toBe(MAX_FRAME_BYTES);
    const values =
      message.kind === 'answer' && message.answer.ok ? (message.answer.value as { values: Float64Array }).values : null;
    expect(values).toBeInstanceOf(Float64Array);
    expect(Buffer.compare(Buffer.from(values?.buffer ?? new ArrayBuffer(0)), Buffer.from(big.buffer))).toBe(0);
    socket.terminate();
  });

  it('broadcasts events to every page', async () => {
    const sockets = [await open(), await open()];
    const events = sockets.map((socket) => nextMessage(socket));
    fake.emit({ type: 'studies.changed', id: 's1' });
    const expected = { kind: 'event', event: { type: 'studies.changed', id: 's1' } };
    expect(await Promise.all(events)).toEqual([expected, expected]);
    sockets.forEach((socket) => socket.terminate());
  });

  it('closes a connection that does not speak the protocol, and keeps serving', async () => {
    const socket = await open();
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    socket.send(new Uint8Array([1, 2, 3]));
    expect(await closed).toBe(1008);
    const other = await open();
    expect(await call(other, 'datasets.list', {})).toMatchObject({ answer: { ok: true } });
    other.terminate();
  });
});
