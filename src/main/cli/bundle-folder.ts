/** Asks the engine for a study's bundle and writes it as a folder. */
import { unzipSync } from 'fflate';
import { resolve } from 'node:path';
import type { Engine } from '../../shared/contract.ts';
import { replaceFolder } from '../report/replace-folder.ts';

/** @returns the folder's full path. Throws 'invalidInput' where it must not and 'storage' where it can not be written. */
export async function writeBundleFolder(engine: Engine, id: string, folder: string): Promise<string> {
  const { zip } = await engine.call('studies.bundle', { id });
  replaceFolder(
    folder,
    Object.entries(unzipSync(zip)).map(([name, content]) => ({ name, content })),
  );
  return resolve(folder);
}
