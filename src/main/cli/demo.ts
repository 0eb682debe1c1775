import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { refuseForeignFolder } from '../report/replace-folder.ts';
import { writeBundleFolder } from './bundle-folder.ts';
import { checkDevice } from './check-device.ts';
import { DEVICE_OPTION, EXIT, JSON_OPTION, STORE_OPTION, withEngine } from './command.ts';
import type { Command } from './command.ts';
import { resultLines, resultRecord } from './result-text.ts';
import { readStudyFile } from './study-file.ts';
import { runToEnd } from './study-session.ts';

export const demoCommand: Command = {
  name: 'demo',
  summary: 'run a study on each of the bundled samples, end to end (about a minute)',
  arguments: { name: '', least: 0, most: 0 },
  options: [
    { name: 'out', value: 'DIR', help: 'where to write the bundles (else beside the store)' },
    STORE_OPTION,
    DEVICE_OPTION,
    JSON_OPTION,
  ],
  run: async (given, world) => {
    const out = given.text('out');
    const folder = out === undefined ? join(world.dataFolder, 'demo') : resolve(world.folder, out);
    const studies = readdirSync(world.studiesFolder)
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file) => ({
        ...readStudyFile(join(world.studiesFolder, file)),
        out: join(folder, file.slice(0, -'.json'.length)),
      }));
    for (const study of studies) refuseForeignFolder(study.out);
    const choice = { store: given.text('store'), device: given.text('device') };
    return withEngine(world, choice, async (engine) => {
      await checkDevice(engine, choice.device);
      const records = [];
      for (const study of studies) {
        const detail = await runToEnd(engine, world, { spec: study.spec, folder: study.folder, device: choice.device });
        const written = await writeBundleFolder(engine, detail.id, study.out);
        for (const line of resultLines(detail)) world.print(line);
        world.print(`Bundle in ${written}`);
        world.print('');
        records.push(resultRecord(detail, written));
      }
      world.print(
        'ρ: Spearman correlation with the actual effect of removing and retraining; slope: actual effect per unit of',
      );
      world.print(
        'estimate; underestimated: share of groups whose effect is larger than estimated. Each bundle has a report.html.',
      );
      if (given.flag('json')) world.print(JSON.stringify({ studies: records }));
      return EXIT.done;
    });
  },
};
