/**
 * Files that the system hands to the app: the menu's dialog, "Open with…", a second start
 * with a file. They are let in, remembered as recent, and offered to the page for import.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { App } from 'electron';
import type { Engine, EngineEvent, FileHandle } from '../../shared/contract.ts';

export interface OpenedFiles {
  /** Lets one file in and remembers it. */
  admit(path: string): Promise<FileHandle>;
  /** Lets files in and offers them to the page, now or once it has loaded. */
  offer(paths: readonly string[]): Promise<void>;
  /** The page listens: it gets what was offered before. */
  pageReady(): void;
}

export function openedFiles(
  app: Pick<App, 'addRecentDocument'>,
  engine: Pick<Engine, 'admitFile'>,
  send: (event: EngineEvent) => void,
  refuse: (thrown: unknown) => void,
): OpenedFiles {
  let ready = false;
  let waiting: FileHandle[] = [];

  async function admit(path: string): Promise<FileHandle> {
    const handle = await engine.admitFile(path);
    app.addRecentDocument(path);
    return handle;
  }

  return {
    admit,
    async offer(paths) {
      if (paths.length === 0) return;
      try {
        const files = await Promise.all(paths.map(admit));
        if (ready) send({ type: 'files.opened', files });
        else waiting.push(...files);
      } catch (thrown) {
        refuse(thrown);
      }
    },
    pageReady() {
      ready = true;
      if (waiting.length > 0) send({ type: 'files.opened', files: waiting });
      waiting = [];
    },
  };
}

/** The files among a program's arguments: neither options nor the app's own folder (the first, before packaging). */
export function filesOfArguments(args: readonly string[], folder: string, packaged: boolean): string[] {
  return args
    .slice(packaged ? 1 : 2)
    .filter((argument) => !argument.startsWith('-'))
    .map((argument) => resolve(folder, argument))
    .filter((path) => existsSync(path));
}
