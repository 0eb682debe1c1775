import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dataFolder, openableStoreFile, storeFile, STORE_FILE_NAME } from '../../src/main/store-location.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leverage-home-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('the data folder', () => {
  it.each([
    ['linux', {}, '/home/ada/.local/share/leverage'],
    ['linux', { XDG_DATA_HOME: '/data' }, '/data/leverage'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/ada/.local/share/leverage'],
    ['darwin', { XDG_DATA_HOME: '/data' }, '/home/ada/Library/Application Support/Leverage'],
    ['win32', { APPDATA: 'C:\\Users\\ada\\AppData\\Roaming' }, 'C:\\Users\\ada\\AppData\\Roaming\\Leverage'],
  ] as const)('on %s with %o is %s', (platform, env, expected) => {
    expect(dataFolder({ env, platform, home: '/home/ada' })).toBe(expected);
  });

  it('is LEVERAGE_HOME where that is set', () => {
    expect(dataFolder({ env: { LEVERAGE_HOME: '/x/y' }, platform: 'linux', home: '/home/ada' })).toBe(resolve('/x/y'));
  });
});

describe('the store’s file', () => {
  it('is the one named by --store, before LEVERAGE_HOME', () => {
    vi.stubEnv('LEVERAGE_HOME', folder);
    expect(storeFile()).toBe(join(folder, STORE_FILE_NAME));
    expect(storeFile(join(folder, 'other.sqlite'))).toBe(join(folder, 'other.sqlite'));
  });

  it('gets a folder that only its owner can enter', () => {
    vi.stubEnv('LEVERAGE_HOME', join(folder, 'a', 'b'));
    openableStoreFile();
    if (process.platform !== 'win32') expect(statSync(join(folder, 'a', 'b')).mode & 0o777).toBe(0o700);
  });

  it('can not be a folder or nameless', () => {
    expect(() => storeFile(folder)).toThrow(/is a folder/);
    expect(() => storeFile('')).toThrow(/is empty/);
  });

  it('says which folder can not be made', () => {
    expect(() => openableStoreFile('/dev/null/x/store.sqlite')).toThrow(/"\/dev\/null\/x", can not be made/);
  });
});
