/** Where the store lives: one rule for the window, `serve` and the CLI. */
import { homedir } from 'node:os';
import { mkdirSync, statSync } from 'node:fs';
import { posix, win32, dirname, resolve } from 'node:path';
import { LeverageError, invalidInput } from '../shared/errors.ts';

export const STORE_FILE_NAME = 'leverage.sqlite';

/** Studies hold what their owner's data say: the folder is for its owner only. */
const OWNER_ONLY = 0o700;

interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
  home: string;
}

/**
 * The folder of the store: `LEVERAGE_HOME`, else the platform's data folder
 * (`$XDG_DATA_HOME/leverage` or `~/.local/share/leverage`; `~/Library/Application Support/Leverage`;
 * `%APPDATA%\Leverage`). Touches nothing.
 */
export function dataFolder(
  { env, platform, home }: Surroundings = { env: process.env, platform: process.platform, home: homedir() },
): string {
  if (env['LEVERAGE_HOME']) return resolve(env['LEVERAGE_HOME']);
  if (platform === 'win32') return win32.join(env['APPDATA'] || win32.join(home, 'AppData', 'Roaming'), 'Leverage');
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', 'Leverage');
  // The XDG specification has relative paths ignored.
  const xdg = env['XDG_DATA_HOME'];
  return posix.join(xdg?.startsWith('/') ? xdg : posix.join(home, '.local', 'share'), 'leverage');
}

/** The store's file for this run: `override` (`--store`) wins. Creates nothing. */
export function storeFile(override?: string): string {
  if (override === undefined) return resolve(dataFolder(), STORE_FILE_NAME);
  if (override === '')
    throw invalidInput('--store: the file name is empty.', 'Name the file that is to hold the studies.');
  const file = resolve(override);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw invalidInput(
      `--store: "${file}" is a folder.`,
      `Name a file in it, such as "${resolve(file, STORE_FILE_NAME)}".`,
    );
  }
  return file;
}

/** Like `storeFile`, and makes its folder where it is missing (mode 0700). */
export function openableStoreFile(override?: string): string {
  const file = storeFile(override);
  const folder = dirname(file);
  try {
    mkdirSync(folder, { recursive: true, mode: OWNER_ONLY });
  } catch (cause) {
    throw new LeverageError(
      'storage',
      `The folder of the store, "${folder}", can not be made: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Set LEVERAGE_HOME to a folder you can write to, or name a file with --store.',
      { cause },
    );
  }
  return file;
}
