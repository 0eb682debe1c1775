import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { COLUMN_TYPES } from '../../shared/column-types.ts';
import type { ColumnType } from '../../shared/column-types.ts';
import type { ImportOptions } from '../../shared/contract.ts';
import { invalidInput } from '../../shared/errors.ts';
import { formatBytes, formatCount } from '../../shared/format.ts';
import { EXIT, JSON_OPTION, STORE_OPTION, withEngine } from './command.ts';
import type { Command, Given } from './command.ts';
import { progressLine } from './progress-line.ts';
import { oneLine } from './text-table.ts';

const MISSING_NUMBERS = ['mean', 'median', 'zero', 'dropRow'] as const;
const DEFAULT_TEST_SHARE = 0.2;

export const importCommand: Command = {
  name: 'import',
  summary:
    'read a dataset into the store: a table (CSV, TSV, Parquet, Arrow, JSON lines), NPZ, svmlight, or IDX images and labels',
  arguments: { name: '<file…>', least: 1, most: 8 },
  options: [
    { name: 'name', value: 'N', help: 'what to call it (else the name of the file)' },
    { name: 'label', value: 'COLUMN', help: 'of a table: the column to predict' },
    { name: 'types', value: 'LIST', help: 'of a table: types of columns, such as "postcode=category,body=text"' },
    { name: 'test', value: 'SHARE', help: 'of a table without test rows: the share to set apart, such as 0.2' },
    { name: 'seed', value: 'N', help: 'which rows those are (default 0)' },
    { name: 'missing-numbers', value: 'HOW', help: 'of a table: mean, median, zero or dropRow' },
    STORE_OPTION,
    JSON_OPTION,
  ],
  run: async (given, world) => {
    const options = importOptionsOf(given);
    const paths = given.arguments.map((name) => existingFile(resolve(world.folder, name)));
    return withEngine(world, { store: given.text('store') }, async (engine) => {
      const importId = randomUUID();
      const line = progressLine(world.progress);
      const unsubscribe = engine.subscribe((event) => {
        if (event.type !== 'import.progress' || event.importId !== importId) return;
        line.reading(event.file, event.bytesTotal > 0 ? event.bytesRead / event.bytesTotal : 0);
      });
      const stopListening = world.onInterrupt(() => void engine.call('datasets.cancelImport', { importId }));
      try {
        const handles = await Promise.all(paths.map((path) => engine.admitFile(path)));
        const files = handles.map(({ handle }) => handle);
        const dataset = await engine.call('datasets.import', { importId, files, options });
        line.finish();
        world.print(
          `${oneLine(dataset.name)}: ${formatCount(dataset.trainRows)} training and ${formatCount(dataset.testRows)} test rows,`,
        );
        world.print(
          `${formatCount(dataset.featureCount)} features, classes ${dataset.classes.map(oneLine).join(', ')} · ${formatBytes(dataset.bytes)}`,
        );
        for (const note of dataset.notes) world.print(`  ${oneLine(note)}`);
        world.print(`Dataset ${dataset.id}`);
        world.print(`A study uses it by "dataset": {"id": "${dataset.id}"}.`);
        if (given.flag('json')) world.print(JSON.stringify(dataset));
        return EXIT.done;
      } finally {
        unsubscribe();
        stopListening();
        line.finish();
      }
    });
  },
};

function importOptionsOf(given: Given): ImportOptions {
  const missing = given.text('missing-numbers');
  const missingNumbers = MISSING_NUMBERS.find((one) => one === missing);
  if (missing !== undefined && missingNumbers === undefined) {
    throw invalidInput(`--missing-numbers: "${missing}" is not a choice.`, `Choose ${MISSING_NUMBERS.join(', ')}.`);
  }
  const share = given.text('test');
  const seed = Number(given.text('seed') ?? 0);
  const fraction = Number(share ?? DEFAULT_TEST_SHARE);
  if (!(fraction > 0 && fraction < 1))
    throw invalidInput(`--test: "${share}" is not a share.`, 'Give a number between 0 and 1, such as 0.2.');
  if (!Number.isInteger(seed)) throw invalidInput(`--seed: "${given.text('seed')}" is not a whole number.`);
  return {
    name: given.text('name'),
    label: given.text('label'),
    missingNumbers,
    types: typesOf(given.text('types')),
    test: share === undefined && given.text('seed') === undefined ? undefined : { fraction, seed },
  };
}

/** "postcode=category,body=text" */
export function typesOf(list: string | undefined): Record<string, ColumnType> | undefined {
  if (list === undefined) return undefined;
  return Object.fromEntries(
    list.split(',').map((entry): [string, ColumnType] => {
      const at = entry.lastIndexOf('=');
      const type = COLUMN_TYPES.find((one) => one === entry.slice(at + 1).trim());
      if (at < 1 || type === undefined) {
        throw invalidInput(
          `--types: "${entry}" is not a column and its type.`,
          `Write COLUMN=TYPE, separated by commas; the types are ${COLUMN_TYPES.join(', ')}.`,
        );
      }
      return [entry.slice(0, at).trim(), type];
    }),
  );
}

function existingFile(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile()) return path;
  throw invalidInput(found === undefined ? `There is no file "${path}".` : `"${path}" is not a file.`);
}
