import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserWindow } from 'electron';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readWindowState, rememberWindowState } from '../../src/main/shell/window-state.ts';

const displays = [{ x: 0, y: 0, width: 1920, height: 1080 }];
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leverage-test-'));
  file = join(folder, 'deep', 'window.json');
});
afterEach(() => rm(folder, { recursive: true }));

function fakeWindow(maximized: boolean): BrowserWindow {
  return Object.assign(new EventEmitter(), {
    isDestroyed: () => false,
    isMinimized: () => false,
    isMaximized: () => maximized,
    getNormalBounds: () => ({ x: 100, y: 50, width: 1000, height: 700 }),
  }) as unknown as BrowserWindow;
}

describe('the place of the window', () => {
  it('is remembered when it closes', () => {
    const window = fakeWindow(true);
    rememberWindowState(window, file, (text) => expect.unreachable(text));
    (window as unknown as EventEmitter).emit('close');
    expect(readWindowState(file, displays)).toEqual({ x: 100, y: 50, width: 1000, height: 700, maximized: true });
  });

  it('keeps its size but not its place when the display is gone', () => {
    const window = fakeWindow(false);
    rememberWindowState(window, file, (text) => expect.unreachable(text));
    (window as unknown as EventEmitter).emit('close');
    const elsewhere = [{ x: 3000, y: 0, width: 1920, height: 1080 }];
    expect(readWindowState(file, elsewhere)).toEqual({ width: 1000, height: 700, maximized: false });
  });

  it.each(['', 'not json', '{"width":1}', '[]', '{"width":1e9,"height":"x","maximized":1}'])(
    'is the first one after %j',
    async (text) => {
      const damaged = join(folder, 'window.json');
      await writeFile(damaged, text);
      expect(readWindowState(damaged, displays)).toEqual({ width: 1440, height: 900, maximized: false });
      expect(readWindowState(join(folder, 'none.json'), displays)).toEqual({
        width: 1440,
        height: 900,
        maximized: false,
      });
    },
  );

  it('says so when it can not be written', async () => {
    await writeFile(join(folder, 'deep'), 'a file where the folder should be');
    const warnings: string[] = [];
    const window = fakeWindow(false);
    rememberWindowState(window, file, (text) => warnings.push(text));
    (window as unknown as EventEmitter).emit('close');
    expect(warnings).toEqual([expect.stringContaining('was not remembered')]);
  });
});
