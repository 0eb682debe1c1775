import { resolve } from 'node:path';
import { invalidInput } from '../../shared/errors.ts';
import { refuseForeignFolder } from '../report/replace-folder.ts';
import { writeBundleFolder } from './bundle-folder.ts';
import { EXIT, JSON_OPTION, STORE_OPTION, withEngine } from './command.ts';
import type { Command } from './command.ts';
import { findStudy } from './find-study.ts';

export const exportCommand: Command = {
  name: 'export',
  summary: 'write the bundle of a study: CSV, JSON and an HTML report',
  arguments: { name: 'ID', least: 1, most: 1 },
  options: [{ name: 'out', value: 'DIR', help: 'the folder to write (required)' }, STORE_OPTION, JSON_OPTION],
  run: async (given, world) => {
    const out = given.text('out');
    if (out === undefined) throw invalidInput('export: --out is missing.', 'Name the folder to write: --out DIR.');
    const folder = resolve(world.folder, out);
    refuseForeignFolder(folder);
    return withEngine(world, { store: given.text('store'), reading: true }, async (engine) => {
      const { id } = await findStudy(engine, given.arguments[0]);
      const written = await writeBundleFolder(engine, id, folder);
      world.print(`Bundle in ${written} (open report.html)`);
      if (given.flag('json')) world.print(JSON.stringify({ id, out: written }));
      return EXIT.done;
    });
  },
};
