import { formatCount, formatInstant, formatShare, UNDEFINED_MARK } from '../../shared/format.ts';
import { EXIT, JSON_OPTION, STORE_OPTION, withEngine } from './command.ts';
import type { Command } from './command.ts';
import { textTable } from './text-table.ts';

export const listCommand: Command = {
  name: 'list',
  summary: 'the datasets and studies of the store',
  arguments: { name: '', least: 0, most: 0 },
  options: [STORE_OPTION, JSON_OPTION],
  run: (given, world) =>
    withEngine(world, { store: given.text('store'), reading: true }, async (engine) => {
      const datasets = await engine.call('datasets.list', {});
      const studies = await engine.call('studies.list', {});
      const datasetTable = textTable(
        [
          { title: 'dataset', align: 'left' },
          { title: 'name', align: 'left' },
          { title: 'training rows', align: 'right' },
          { title: 'test rows', align: 'right' },
          { title: 'features', align: 'right' },
          { title: 'classes', align: 'right' },
        ],
        datasets.map((one) => [
          one.id,
          one.name,
          ...[one.trainRows, one.testRows, one.featureCount, one.classes.length].map(formatCount),
        ]),
      );
      const studyTable = textTable(
        [
          { title: 'study', align: 'left' },
          { title: 'name', align: 'left' },
          { title: 'dataset', align: 'left' },
          { title: 'state', align: 'left' },
          { title: 'groups', align: 'right' },
          { title: 'test accuracy', align: 'right' },
          { title: 'made', align: 'left' },
        ],
        studies.map((one) => [
          one.id,
          one.name,
          one.datasetName,
          one.status,
          one.groupCount === 0 ? UNDEFINED_MARK : `${formatCount(one.groupsDone)}/${formatCount(one.groupCount)}`,
          one.testAccuracy === null ? UNDEFINED_MARK : formatShare(one.testAccuracy, 1),
          formatInstant(one.createdAt),
        ]),
      );
      if (datasets.length === 0) world.print('No datasets yet: "import <file…>" reads one.');
      else datasetTable.forEach(world.print);
      world.print('');
      if (studies.length === 0) world.print('No studies yet: "run <study.json>" or "demo" makes one.');
      else studyTable.forEach(world.print);
      if (given.flag('json')) world.print(JSON.stringify({ datasets, studies }));
      return EXIT.done;
    }),
};
