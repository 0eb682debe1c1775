/** What the `dataset` of a study.json names → Dataset. (study-format: "Datasets") */
import { isAbsolute, join } from 'node:path';
import type { TextOptions } from '../../shared/column-types.ts';
import { invalidInput, LeverageError } from '../../shared/errors.ts';
import type { ColumnRole, Dataset } from '../../shared/dataset.ts';
import type { DatasetSpec } from '../../shared/study-spec.ts';
import { countTerms } from './bag-of-words.ts';
import { checkDataset } from './check-dataset.ts';
import { detectFormat } from './detect-format.ts';
import type { FileFormat } from './detect-format.ts';
import { readIdx } from './idx-reader.ts';
import type { IdxPair } from './idx-reader.ts';
import { readNpz } from './npz-reader.ts';
import { isTableFormat, openTable } from './open-table.ts';
import { baseName, unknownColumn } from './read-files.ts';
import { DEFAULT_TEST, splitOffTest } from './row-selection.ts';
import { sourceFile } from './source-file.ts';
import type { ReadControl, SourceFile } from './source-file.ts';
import { readSvmlight } from './svmlight-reader.ts';
import { readTable, settleMissingNumbers } from './table-reader.ts';
import { chosenTypes, textFeatures } from './table-types.ts';

type TableSpec = Extract<DatasetSpec, { train: string }>;
type IdxSpec = Extract<DatasetSpec, { train: { images: string } }>;

/**
 * Reads the files of a study's dataset; paths are relative to `folder`.
 * @throws LeverageError 'invalidInput' naming field and file; 'cancelled'; 'internal' for the forms that name no file
 */
export async function readDatasetSpec(spec: DatasetSpec, folder: string, control: ReadControl): Promise<Dataset> {
  if ('id' in spec || 'sample' in spec) {
    throw invalidInput('A dataset given by id or as a sample has no files to read.', 'Take it from the library.');
  }
  if ('file' in spec) return readNpzSpec(spec.file, folder, control);
  if (typeof spec.train === 'string') return readTextSpec(spec as TableSpec, folder, control);
  return readIdxSpec(spec as IdxSpec, folder, control);
}

async function readNpzSpec(path: string, folder: string, control: ReadControl): Promise<Dataset> {
  const file = await fileOf('dataset.file', path, folder);
  const { format } = await detectFormat(file);
  if (format !== 'npz') {
    throw invalidInput(
      `field "dataset.file": ${file.name} is not an NPZ file.`,
      isTableFormat(format) ? 'A table is named by "train", with its "label".' : 'Name it under "train".',
    );
  }
  return finished(await readNpz(file, control), file, undefined);
}

async function readIdxSpec(spec: IdxSpec, folder: string, control: ReadControl): Promise<Dataset> {
  const pair = async (field: string, files: { images: string; labels: string }): Promise<IdxPair> => ({
    images: await fileOf(`${field}.images`, files.images, folder),
    labels: await fileOf(`${field}.labels`, files.labels, folder),
  });
  const train = await pair('dataset.train', spec.train);
  const test = await pair('dataset.test', spec.test);
  const options = {
    validationRows: spec.validationRows ?? 0,
    trainRows: spec.trainRows ?? null,
    scale: spec.scale ?? 1,
  };
  return finished(await readIdx(train, test, options, control), train.images, undefined);
}

async function readTextSpec(spec: TableSpec, folder: string, control: ReadControl): Promise<Dataset> {
  const train = await fileOf('dataset.train', spec.train, folder);
  const test = typeof spec.test === 'string' ? await fileOf('dataset.test', spec.test, folder) : null;
  const { format } = await detectFormat(train);
  requireText('dataset.train', train, format);
  if (test !== null) {
    const testFormat = (await detectFormat(test)).format;
    requireText('dataset.test', test, testFormat);
    if (testFormat !== format) {
      throw invalidInput(
        `field "dataset.test": ${test.name} has another format than ${train.name}.`,
        'Use one format.',
      );
    }
  }
  if (format === 'svmlight') {
    const field = (['label', 'groupColumns', 'ignore', 'weightColumn', 'types', 'text'] as const).find(
      (key) => spec[key] !== undefined,
    );
    if (field !== undefined) {
      throw invalidInput(
        `field "dataset.${field}": ${train.name} is svmlight, which has no column names.`,
        'Leave it out.',
      );
    }
    return finished(await readSvmlight(train, test, control), train, spec.test);
  }
  if (!isTableFormat(format)) throw new LeverageError('internal', `${train.name} is no table.`);
  const chosen = chosenRoles(spec);
  const types = chosenTypes(spec, 'dataset.');
  const head = await openTable(train, format, [...chosen.keys(), ...types.keys()], types);
  if (spec.label === undefined) {
    throw invalidInput(
      `field "dataset.label": the label column of ${train.name} is not named.`,
      `Add "label", for example "${head.names.at(-1)}" (the last column).`,
    );
  }
  for (const [name, { field }] of chosen) {
    if (!head.names.includes(name)) throw unknownColumn(name, head, `field "dataset.${field}": `);
  }
  for (const name of types.keys()) {
    const field = spec.text?.[name] === undefined ? 'types' : 'text';
    if (!head.names.includes(name)) throw unknownColumn(name, head, `field "dataset.${field}.${name}": `);
  }
  const testHead = test === null ? null : await openTable(test, format, head.header ? head.names : [], types);
  const roles = new Map([...chosen].map(([name, { role }]) => [name, role]));
  const texts = textFeatures(types, (name) => roles.get(name) ?? 'feature', spec.text, 'dataset.');
  const dataset = await readTable(head, testHead, roles, types, control);
  return finished(settleMissingNumbers(dataset, spec.missingNumbers, null), train, spec.test, texts);
}

/** Role and naming field of every column the spec mentions; all others are features. */
function chosenRoles(spec: TableSpec): Map<string, { field: string; role: ColumnRole }> {
  const chosen = new Map<string, { field: string; role: ColumnRole }>();
  const choose = (field: string, role: ColumnRole, names: readonly string[]): void => {
    for (const name of names) {
      const before = chosen.get(name);
      if (before !== undefined && before.field !== field) {
        throw invalidInput(
          `field "dataset.${field}": the column "${name}" is already named by "${before.field}".`,
          'Name a column once.',
        );
      }
      chosen.set(name, { field, role });
    }
  };
  choose('label', 'target', spec.label === undefined ? [] : [spec.label]);
  choose('weightColumn', 'weight', spec.weightColumn === undefined ? [] : [spec.weightColumn]);
  choose('groupColumns', 'group', spec.groupColumns ?? []);
  choose('ignore', 'ignore', spec.ignore ?? []);
  return chosen;
}

function finished(
  dataset: Dataset,
  file: SourceFile,
  test: TableSpec['test'],
  texts: ReadonlyMap<string, TextOptions> = new Map(),
): Dataset {
  const named = { ...dataset, name: baseName(file.name) };
  if (named.testRows > 0) return checkDataset(countTerms(named, texts));
  const share = typeof test === 'object' ? { fraction: test.fraction, seed: test.seed ?? 0 } : DEFAULT_TEST;
  return checkDataset(countTerms(splitOffTest(named, share), texts));
}

function requireText(field: string, file: SourceFile, format: FileFormat): void {
  if (format === 'npz') {
    throw invalidInput(`field "${field}": ${file.name} is an NPZ file.`, 'Name it as {"file": …}.');
  }
  if (format === 'idx') {
    throw invalidInput(`field "${field}": ${file.name} is an IDX file.`, 'Name it as {"images": …, "labels": …}.');
  }
}

function fileOf(field: string, path: string, folder: string): Promise<SourceFile> {
  return sourceFile(isAbsolute(path) ? path : join(folder, path), undefined, field);
}
