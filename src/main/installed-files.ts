/** What came with the program, found from wherever its code runs: the sources or the bundles in out/main. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LeverageError } from '../shared/errors.ts';

export interface InstalledFiles {
  root: string;
  version: string;
  /** The built pages. */
  rendererFolder: string;
  samplesFolder: string;
}

/** Throws LeverageError 'unavailable' when the program was torn out of its folder. */
export function installedFiles(): InstalledFiles {
  const root = projectFolder(dirname(fileURLToPath(import.meta.url)));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return {
    root,
    version,
    rendererFolder: join(root, 'out', 'renderer'),
    samplesFolder: join(root, 'resources', 'samples'),
  };
}

/** The nearest folder above with a package.json. */
function projectFolder(start: string): string {
  let folder = start;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) {
      throw new LeverageError('unavailable', `No package.json lies above ${start}.`, 'Install Leverage again.');
    }
    folder = parent;
  }
  return folder;
}
