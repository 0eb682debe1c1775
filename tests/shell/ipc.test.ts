import type { IpcMain, WebContents } from 'electron';
import { beforeEach, describe, expect, it } from 'vitest';
import { CHANNEL } from '../../src/main/shell/channels.ts';
import { isTrustedSender, setupIpc, type Sender } from '../../src/main/shell/ipc.ts';
import type { Answer } from '../../src/shared/contract.ts';
import { fakeEngine, type FakeEngine } from '../serve/fake-engine.ts';

const origins = ['app://leverage'];
const frame = { url: 'app://leverage/', parent: null };

let sent: unknown[][];
let contents: WebContents;
let handlers: Map<string, (event: Sender, ...message: unknown[]) => Promise<Answer>>;
let fake: FakeEngine;
let admitted: string[];
let saved: { name: string; bytes: Uint8Array }[];
let undo: () => void;

beforeEach(() => {
  sent = [];
  contents = {
    isDestroyed: () => false,
    send: (...message: unknown[]) => sent.push(message),
  } as unknown as WebContents;
  handlers = new Map();
  fake = fakeEngine({ 'datasets.list': () => [] });
  admitted = [];
  saved = [];
  undo = setupIpc({
    ipcMain: {
      handle: (channel: string, handler: never) => handlers.set(channel, handler),
      removeHandler: (channel: string) => handlers.delete(channel),
    } as unknown as IpcMain,
    engine: fake.engine,
    contents: () => contents,
    origins,
    admit: (path) => {
      admitted.push(path);
      return Promise.resolve({ handle: 'h1', name: 'a.csv', bytes: 3 });
    },
    save: (name, bytes) => {
      saved.push({ name, bytes });
      return Promise.resolve(true);
    },
  });
});

function send(channel: string, message: unknown[], event: Partial<Sender> = {}): Promise<Answer> {
  const handler = handlers.get(channel);
  if (handler === undefined) throw new Error(`Nothing handles ${channel}.`);
  return handler({ sender: contents, senderFrame: frame, ...event } as Sender, ...message);
}

const refusal = { ok: false, failure: { kind: 'invalidInput' } };

describe('the sender of a message', () => {
  const event = { sender: null as unknown as WebContents, senderFrame: frame };
  const other = {} as WebContents;

  it('is the top frame of the app’s own window', () => {
    expect(isTrustedSender({ ...event, sender: contents }, contents, origins)).toBe(true);
  });

  it.each([
    ['another window', { sender: other, senderFrame: frame }],
    ['a frame that is gone', { senderFrame: null }],
    ['an embedded frame', { senderFrame: { ...frame, parent: frame } }],
    ['a foreign page', { senderFrame: { ...frame, url: 'https://example.org/' } }],
    ['a file', { senderFrame: { ...frame, url: 'file:///app/index.html' } }],
    ['another host of the scheme', { senderFrame: { ...frame, url: 'app://leverage.evil/' } }],
    ['an address that is none', { senderFrame: { ...frame, url: '' } }],
  ])('is never %s', async (_what, foreign) => {
    const asked = Object.assign({ sender: contents, senderFrame: frame }, foreign) as Sender;
    expect(isTrustedSender(asked, contents, origins)).toBe(false);
    for (const [channel, message] of [
      [CHANNEL.request, ['datasets.list', {}]],
      [CHANNEL.admit, [['/a.csv']]],
      [CHANNEL.save, ['a.csv', new Uint8Array(1)]],
    ] as const) {
      expect(await send(channel, [...message], foreign as Partial<Sender>)).toMatchObject(refusal);
    }
    expect(fake.calls).toEqual([]);
    expect(admitted).toEqual([]);
    expect(saved).toEqual([]);
  });

  it('is nobody while there is no window', () => {
    expect(isTrustedSender({ ...event, sender: other }, null, origins)).toBe(false);
  });
});

describe('messages', () => {
  it('pass to the engine and answer', async () => {
    expect(await send(CHANNEL.request, ['datasets.list', {}])).toEqual({ ok: true, value: [] });
  });

  it('are handled on three channels and no more', () => {
    expect([...handlers.keys()].sort()).toEqual([CHANNEL.admit, CHANNEL.request, CHANNEL.save].sort());
    undo();
    expect([...handlers.keys()]).toEqual([]);
  });

  it.each([
    ['an unknown method', CHANNEL.request, ['no.such', {}]],
    ['a name of Object', CHANNEL.request, ['toString', {}]],
    ['a headless method', CHANNEL.request, ['datasets.ensure', { spec: { sample: 'digits' }, folder: '/' }]],
    ['an input that does not fit', CHANNEL.request, ['datasets.get', { id: 5 }]],
    ['no message', CHANNEL.request, []],
    ['a method that is no text', CHANNEL.request, [{ method: 'datasets.list' }, {}]],
    ['more than was asked', CHANNEL.request, ['datasets.list', {}, 'more']],
    ['a path that is no text', CHANNEL.admit, [[5]]],
    ['a File without a path', CHANNEL.admit, [['']]],
    ['a hundred files', CHANNEL.admit, [Array.from({ length: 100 }, () => '/a')]],
    ['text for bytes', CHANNEL.save, ['a.csv', 'text']],
  ])('with %s are refused', async (_what, channel, message) => {
    expect(await send(channel, message)).toMatchObject(refusal);
    expect(fake.calls).toEqual([]);
    expect(admitted).toEqual([]);
    expect(saved).toEqual([]);
  });

  it('let files in and save bytes', async () => {
    expect(await send(CHANNEL.admit, [['/data/a.csv']])).toEqual({
      ok: true,
      value: [{ handle: 'h1', name: 'a.csv', bytes: 3 }],
    });
    expect(admitted).toEqual(['/data/a.csv']);
    expect(await send(CHANNEL.save, ['a.zip', new Uint8Array([1])])).toEqual({ ok: true, value: true });
    expect(saved).toEqual([{ name: 'a.zip', bytes: new Uint8Array([1]) }]);
  });

  it('carry the engine’s events to the page until undone', () => {
    fake.emit({ type: 'datasets.changed' });
    expect(sent).toEqual([[CHANNEL.event, { type: 'datasets.changed' }]]);
    undo();
    fake.emit({ type: 'datasets.changed' });
    expect(sent.length).toBe(1);
  });
});
