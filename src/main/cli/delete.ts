import { EXIT, JSON_OPTION, STORE_OPTION, withEngine } from './command.ts';
import type { Command } from './command.ts';
import { findStudyOrDataset } from './find-study.ts';
import { oneLine } from './text-table.ts';

export const deleteCommand: Command = {
  name: 'delete',
  summary: 'delete a study, or a dataset that no study uses',
  arguments: { name: 'ID', least: 1, most: 1 },
  options: [STORE_OPTION, JSON_OPTION],
  run: (given, world) =>
    withEngine(world, { store: given.text('store') }, async (engine) => {
      const found = await findStudyOrDataset(engine, given.arguments[0]);
      if (found.kind === 'study') {
        const { id, name } = found.study;
        await engine.call('studies.delete', { id });
        world.print(`Deleted the study “${oneLine(name)}” (${id}).`);
      } else {
        const { id, name } = found.dataset;
        await engine.call('datasets.delete', { id });
        world.print(`Deleted the dataset “${oneLine(name)}” (${id}).`);
      }
      if (given.flag('json')) {
        world.print(
          JSON.stringify({ deleted: found.kind, id: found.kind === 'study' ? found.study.id : found.dataset.id }),
        );
      }
      return EXIT.done;
    }),
};
