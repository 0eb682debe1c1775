import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventEmitter } from 'node:events';
import type { BrowserWindow } from 'electron';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseFiles, saveBytes } from '../../src/main/shell/dialogs.ts';
import { forkUtilityEngine, type Forker } from '../../src/main/shell/engine.ts';
import { menuTemplate } from '../../src/main/shell/menu.ts';
import { filesOfArguments, openedFiles } from '../../src/main/shell/opened-files.ts';
import { LeverageError } from '../../src/shared/errors.ts';
import { fakeEngine } from '../serve/fake-engine.ts';

const window = {} as BrowserWindow;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leverage-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('dialogs', () => {
  const saving = (filePath: string, asked: unknown[] = []) => ({
    showSaveDialog: (...args: unknown[]) =>
      Promise.resolve(asked.push(args[1])).then(() => ({ canceled: filePath === '', filePath })),
  });

  it('write bytes where the person says', async () => {
    const file = join(folder, 'study.zip');
    expect(await saveBytes(saving(file), window, 'study.zip', new Uint8Array([1, 2]))).toBe(true);
    expect([...(await readFile(file))]).toEqual([1, 2]);
    expect(await saveBytes(saving(''), window, 'study.zip', new Uint8Array())).toBe(false);
  });

  it('take a name from the page, never a place', async () => {
    const asked: { defaultPath?: string }[] = [];
    await saveBytes(saving('', asked), window, '../../etc/cron.d/evil.csv', new Uint8Array());
    await saveBytes(saving('', asked), window, 'C:\\Windows\\evil.csv', new Uint8Array());
    expect(asked.map((options) => options.defaultPath)).toEqual(['evil.csv', 'evil.csv']);
  });

  it('name the file that could not be written', async () => {
    const file = join(folder, 'none', 'study.zip');
    await expect(saveBytes(saving(file), window, 'study.zip', new Uint8Array())).rejects.toMatchObject({
      kind: 'storage',
      message: expect.stringContaining('study.zip could not be written'),
    });
  });

  it('choose nothing when dismissed', async () => {
    const dialog = (canceled: boolean) => ({
      showOpenDialog: () => Promise.resolve({ canceled, filePaths: ['/a.csv'] }),
    });
    expect(await chooseFiles(dialog(false), window)).toEqual(['/a.csv']);
    expect(await chooseFiles(dialog(true), window)).toEqual([]);
  });
});

describe('files that the system opens', () => {
  it('wait for the page, are let in and remembered as recent', async () => {
    const file = join(folder, 'a.csv');
    await writeFile(file, 'a\n1\n');
    const recent: string[] = [];
    const events: unknown[] = [];
    const files = openedFiles(
      { addRecentDocument: (path) => void recent.push(path) },
      fakeEngine().engine,
      (event) => events.push(event),
      (thrown) => expect.unreachable(String(thrown)),
    );
    await files.offer([file]);
    expect(events).toEqual([]);
    files.pageReady();
    await files.offer([]);
    await files.offer([file]);
    expect(events).toEqual([
      { type: 'files.opened', files: [{ handle: 'handle-1', name: file, bytes: 4 }] },
      { type: 'files.opened', files: [{ handle: 'handle-2', name: file, bytes: 4 }] },
    ]);
    expect(recent).toEqual([file, file]);
  });

  it('tell the person when one can not be let in', async () => {
    const refused: unknown[] = [];
    const engine = { admitFile: () => Promise.reject(new LeverageError('notFound', 'It is gone.')) };
    const files = openedFiles(
      { addRecentDocument: () => undefined },
      engine,
      () => undefined,
      (thrown) => refused.push(thrown),
    );
    await files.offer(['/gone.csv']);
    expect(refused).toEqual([expect.objectContaining({ message: 'It is gone.' })]);
  });

  it('are the arguments that exist, not options and not the app', async () => {
    await writeFile(join(folder, 'a.csv'), '');
    const args = ['electron', '.', '--inspect', 'a.csv', 'missing.csv'];
    expect(filesOfArguments(args, folder, false)).toEqual([join(folder, 'a.csv')]);
    expect(filesOfArguments(['leverage', 'a.csv'], folder, true)).toEqual([join(folder, 'a.csv')]);
  });
});

describe('the menu', () => {
  it.each(['linux', 'win32', 'darwin'] as const)(
    'imports files on %s, and has developer tools only while developing',
    (platform) => {
      let imported = 0;
      const asked: string[] = [];
      const actions = { importFiles: () => (imported += 1), command: (id: string) => asked.push(id) };
      const text = (packaged: boolean): string => JSON.stringify(menuTemplate(platform, packaged, actions));
      expect(text(false)).toContain('toggleDevTools');
      expect(text(true)).not.toContain('toggleDevTools');
      expect(text(true).includes('recentDocuments')).toBe(platform === 'darwin');
      const file = menuTemplate(platform, true, actions).find((item) => item.label === '&File');
      const entry = Array.isArray(file?.submenu) ? file.submenu[0] : undefined;
      expect(entry?.accelerator).toBe('CmdOrCtrl+O');
      entry?.click?.(undefined as never, undefined, undefined as never);
      expect(imported).toBe(1);
      const settings = Array.isArray(file?.submenu)
        ? file.submenu.find((item) => item.label === 'Settings…')
        : undefined;
      settings?.click?.(undefined as never, undefined, undefined as never);
      expect(asked).toEqual(['go-settings']);
    },
  );
});

describe('the engine’s utility process', () => {
  it('is started from its file and speaks through its port', () => {
    const child = Object.assign(new EventEmitter(), {
      postMessage: (message: unknown) => posted.push(message),
      kill: () => killed++,
    });
    const posted: unknown[] = [];
    let killed = 0;
    const forked: unknown[] = [];
    const forker = { fork: (...args: unknown[]) => (forked.push(args[0]), child) } as unknown as Forker;
    const process = forkUtilityEngine(forker, '/app/out/main/engine-process.js');
    const messages: unknown[] = [];
    const exits: string[] = [];
    process.onMessage((message) => messages.push(message));
    process.onExit((reason) => exits.push(reason));
    process.send({ type: 'close' });
    child.emit('message', { type: 'ready' });
    child.emit('exit', 11);
    process.kill();
    expect({ forked, posted, messages, exits, killed }).toEqual({
      forked: ['/app/out/main/engine-process.js'],
      posted: [{ type: 'close' }],
      messages: [{ type: 'ready' }],
      exits: ['exit code 11'],
      killed: 1,
    });
  });
});
