import { resolve } from 'node:path';
import { refuseForeignFolder } from '../report/replace-folder.ts';
import { writeBundleFolder } from './bundle-folder.ts';
import { checkDevice } from './check-device.ts';
import { DEVICE_OPTION, EXIT, JSON_OPTION, STORE_OPTION, withEngine } from './command.ts';
import type { Command } from './command.ts';
import { analysesOf } from './ladder-text.ts';
import { resultLines, resultRecord } from './result-text.ts';
import { readStudyFile } from './study-file.ts';
import { runToEnd } from './study-session.ts';

export const runCommand: Command = {
  name: 'run',
  summary: 'run a study, keep it in the store and write its bundle; after Ctrl-C the same command resumes it',
  arguments: { name: '<study.json>', least: 1, most: 1 },
  options: [
    { name: 'out', value: 'DIR', help: 'write the bundle there (an earlier bundle is replaced)' },
    STORE_OPTION,
    DEVICE_OPTION,
    JSON_OPTION,
  ],
  run: async (given, world) => {
    const [name] = given.arguments;
    const { spec, folder } = readStudyFile(resolve(world.folder, name));
    const out = given.text('out');
    const outFolder = out === undefined ? null : resolve(world.folder, out);
    // Before an hour of computing, not after it.
    if (outFolder !== null) refuseForeignFolder(outFolder);
    const choice = { store: given.text('store'), device: given.text('device') };
    return withEngine(world, choice, async (engine) => {
      await checkDevice(engine, choice.device);
      const detail = await runToEnd(engine, world, { spec, folder, device: choice.device });
      const written = outFolder === null ? null : await writeBundleFolder(engine, detail.id, outFolder);
      for (const line of [...resultLines(detail), ...(await analysesOf(engine, detail))]) world.print(line);
      world.print('');
      world.print(`Study ${detail.id}`);
      world.print(
        written === null
          ? `It is in the store; "export ${detail.id} --out DIR" writes its bundle.`
          : `Bundle in ${written} (open report.html)`,
      );
      if (given.flag('json')) world.print(JSON.stringify(resultRecord(detail, written)));
      return EXIT.done;
    });
  },
};
