/** Dropped or chosen files → Dataset: which file is what, and what is assumed where nobody said. */
import { invalidInput } from '../../shared/errors.ts';
import type { ColumnType, TextOptions } from '../../shared/column-types.ts';
import type { ImportOptions } from '../../shared/contract.ts';
import type { ColumnRole, Dataset } from '../../shared/dataset.ts';
import { checkDataset } from './check-dataset.ts';
import { countTerms } from './bag-of-words.ts';
import { detectFormat } from './detect-format.ts';
import type { DetectedFile } from './detect-format.ts';
import { idxHeader, readIdx } from './idx-reader.ts';
import type { IdxPair } from './idx-reader.ts';
import { readNpz } from './npz-reader.ts';
import { DEFAULT_TEST, splitOffTest } from './row-selection.ts';
import type { ReadControl, SourceFile } from './source-file.ts';
import { readSvmlight } from './svmlight-reader.ts';
import { isTableFormat, openTable } from './open-table.ts';
import type { TableFormat } from './open-table.ts';
import { suggestRoles, suggestType } from './suggest-roles.ts';
import { quotedNames } from './table-head.ts';
import type { TableHead } from './table-head.ts';
import { readTable, settleMissingNumbers } from './table-reader.ts';
import { chosenTypes, textFeatures } from './table-types.ts';

/** What a set of files is, found from content and names. */
export type FileSet =
  | { format: 'npz'; file: SourceFile; gzip: boolean }
  | { format: 'idx'; train: IdxPair; test: IdxPair | null; gzip: boolean }
  | { format: 'svmlight'; train: SourceFile; test: SourceFile | null; gzip: boolean }
  | TableSet;

export interface TableSet {
  format: 'table';
  table: TableFormat;
  train: SourceFile;
  test: SourceFile | null;
  gzip: boolean;
}

/** The opened tables of a set, and what is known of their columns: the person's choice, else the suggested. */
export interface OpenTables {
  train: TableHead;
  test: TableHead | null;
  roles: Map<string, ColumnRole>;
  /** Types that were chosen, and "text" where it is suggested; the others are found by reading. */
  types: Map<string, ColumnType>;
  /** Options of the feature columns whose words are counted. */
  texts: Map<string, TextOptions>;
  notes: string[];
}

/**
 * Reads what a person dropped: an NPZ, one or two tables (train and test by name), one or two svmlight
 * files, two or four IDX files. Test rows not given are split off (`options.test`, else 20 %, seed 0).
 * @throws LeverageError 'invalidInput' with file, line or array; 'cancelled'
 */
export async function readFiles(files: SourceFile[], options: ImportOptions, control: ReadControl): Promise<Dataset> {
  const set = await recogniseFiles(files);
  const name = options.name ?? nameFromFile(set);
  if (set.format !== 'table') {
    refuseTableOptions(set, options);
    return checkDataset({ ...withTest(await readArrays(set, control), options), name });
  }
  const { train, test, roles, types, texts, notes } = await openTables(set, options);
  const table = await readTable(train, test, roles, types, control);
  const noted = { ...table, notes: [...table.notes, ...notes] };
  const settled = settleMissingNumbers(noted, options.missingNumbers, 'mean');
  return checkDataset({ ...countTerms(withTest(settled, options), texts), name });
}

/** With test rows: those of the files, else split off. */
function withTest(dataset: Dataset, { test }: ImportOptions): Dataset {
  return dataset.testRows === 0 ? splitOffTest(dataset, test ?? DEFAULT_TEST) : dataset;
}

async function readArrays(set: Exclude<FileSet, TableSet>, control: ReadControl): Promise<Dataset> {
  if (set.format === 'npz') return readNpz(set.file, control);
  if (set.format === 'svmlight') return readSvmlight(set.train, set.test, control);
  const dataset = await readIdx(set.train, set.test, { validationRows: 0, trainRows: null, scale: null }, control);
  if (dataset.block?.scale !== 1) dataset.notes.push('Pixels are divided by 255.');
  return dataset;
}

/** Opens the tables, and settles the role and type of every column: the person's choice, else the suggested. */
export async function openTables(set: TableSet, options: ImportOptions): Promise<OpenTables> {
  const chosen = new Map<string, ColumnRole>(Object.entries(options.roles ?? {}));
  if (options.label !== undefined) {
    const other = [...chosen].find(([name, role]) => role === 'target' && name !== options.label);
    if (other !== undefined) {
      throw invalidInput(`Two label columns are named: "${options.label}" and "${other[0]}".`, 'Choose one of them.');
    }
    chosen.set(options.label, 'target');
  }
  const types = chosenTypes(options, '');
  const expected = [...new Set([...chosen.keys(), ...types.keys()])];
  const train = await openTable(set.train, set.table, expected, types);
  const known = train.header ? train.names : expected;
  const test = set.test === null ? null : await openTable(set.test, set.table, known, types);
  const unknown = expected.find((name) => !train.names.includes(name));
  if (unknown !== undefined) throw unknownColumn(unknown, train, '');
  const roles = suggestRoles(train, chosen, types);
  const notes: string[] = [];
  if (![...chosen.values()].includes('target')) {
    const label = [...roles].find(([, role]) => role === 'target')?.[0];
    if (label !== undefined) notes.push(`Nobody chose a label column: "${label}" is taken.`);
  }
  const suggested = train.sample.filter(
    (column) => !types.has(column.name) && roles.get(column.name) === 'feature' && suggestType(column) === 'text',
  );
  for (const { name } of suggested) types.set(name, 'text');
  if (suggested.length > 0) {
    notes.push(`Columns of running text, whose words are counted: ${quotedNames(suggested.map(({ name }) => name))}.`);
  }
  const texts = textFeatures(types, (name) => roles.get(name) ?? 'feature', options.text, '');
  return { train, test, roles, types, texts, notes };
}

/** A column that the table does not have. */
export function unknownColumn(name: string, head: TableHead, where: string): Error {
  return invalidInput(
    `${where}${head.file.name} has no column "${name}".`,
    `Its columns are ${quotedNames(head.names, 12)}${head.header ? '' : ' (the first line was not taken for names)'}.`,
  );
}

/** Finds out what the files are and which belongs where. */
export async function recogniseFiles(files: readonly SourceFile[]): Promise<FileSet> {
  if (files.length === 0) throw invalidInput('No file was given.', 'Choose one file, or files that belong together.');
  const detected: DetectedFile[] = [];
  for (const file of files) detected.push(await detectFormat(file));
  const [first] = detected;
  const other = detected.find((entry) => entry.format !== first.format);
  if (other !== undefined) {
    throw invalidInput(
      `${first.file.name} and ${other.file.name} have different formats.`,
      'Import files of one dataset at a time.',
    );
  }
  const gzip = detected.some((entry) => entry.gzip);
  if (first.format === 'npz') {
    if (files.length > 1) throw invalidInput(`${files.length} NPZ files were given.`, 'Import them one at a time.');
    return { format: 'npz', file: first.file, gzip };
  }
  if (first.format === 'idx') return { format: 'idx', ...(await pairImages(files)), gzip };
  if (files.length > 2) {
    throw invalidInput(`${files.length} tables were given.`, 'Import one table, or one for training and one for test.');
  }
  const [train, test = null] = files.length === 1 ? files : trainThenTest(files[0], files[1]);
  if (!isTableFormat(first.format)) return { format: 'svmlight', train, test, gzip };
  return { format: 'table', table: first.format, train, test, gzip };
}

const TEST_NAME = /(^|[^a-z])(test|t10k|val|valid|validation|eval|holdout)([^a-z]|$)/i;

function trainThenTest(a: SourceFile, b: SourceFile): [SourceFile, SourceFile] {
  const testNames = [TEST_NAME.test(a.name), TEST_NAME.test(b.name)];
  if (testNames[0] === testNames[1]) {
    throw invalidInput(
      `${a.name} and ${b.name}: their names do not say which one is for test.`,
      'Put "train" and "test" into the names.',
    );
  }
  return testNames[0] ? [b, a] : [a, b];
}

async function pairImages(files: readonly SourceFile[]): Promise<{ train: IdxPair; test: IdxPair | null }> {
  if (files.length !== 2 && files.length !== 4) {
    throw invalidInput(
      `${files.length} IDX ${files.length === 1 ? 'file was' : 'files were'} given.`,
      'Give images and labels: two files, or four with those of the test rows.',
    );
  }
  const images: { file: SourceFile; rows: number }[] = [];
  const labels: { file: SourceFile; rows: number }[] = [];
  for (const file of files) {
    const { shape } = await idxHeader(file);
    (shape.length === 1 ? labels : images).push({ file, rows: shape[0] });
  }
  if (images.length !== labels.length) {
    throw invalidInput(
      `Of the IDX files, ${images.length} hold images and ${labels.length} hold labels.`,
      'Give one file of labels for each file of images.',
    );
  }
  const pairs = images.map((image): IdxPair => {
    const fits = labels.filter((label) => label.rows === image.rows);
    const isTest = TEST_NAME.test(image.file.name);
    const label = fits.find((candidate) => TEST_NAME.test(candidate.file.name) === isTest) ?? fits[0] ?? labels[0];
    return { images: image.file, labels: label.file };
  });
  if (pairs.length === 1) return { train: pairs[0], test: null };
  const [train] = trainThenTest(pairs[0].images, pairs[1].images);
  return train === pairs[0].images ? { train: pairs[0], test: pairs[1] } : { train: pairs[1], test: pairs[0] };
}

function refuseTableOptions(set: FileSet, options: ImportOptions): void {
  const given = (['label', 'roles', 'types', 'text', 'missingNumbers'] as const).find((key) => {
    const value = options[key];
    return typeof value === 'object' ? Object.keys(value).length > 0 : value !== undefined;
  });
  if (given !== undefined) {
    throw invalidInput(
      `The option "${given}" is for tables, but the file is ${set.format.toUpperCase()}.`,
      'Leave it out.',
    );
  }
}

function nameFromFile(set: FileSet): string {
  const file = set.format === 'npz' ? set.file : set.format === 'idx' ? set.train.images : set.train;
  return baseName(file.name);
}

/** "diabetes" of "diabetes.csv.gz". */
export function baseName(fileName: string): string {
  return fileName.replace(/\.gz$/i, '').replace(/\.[a-z0-9]{1,8}$/i, '') || fileName;
}
