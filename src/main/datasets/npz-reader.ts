/** NPZ files: dense X_train … y_test, or one CSR matrix, with the columns that lie beside them. */
import { invalidInput } from '../../shared/errors.ts';
import type { BlockData, Column, ColumnRole, Dataset, FeatureBlock, ImageShape } from '../../shared/dataset.ts';
import { categoryFromStrings } from './table-columns.ts';
import { npyArray, npyHeader } from './npy-array.ts';
import type { NpyArray, NumberArray } from './npy-array.ts';
import { readCsrBlock } from './npz-sparse.ts';
import { stackBlocks } from './row-selection.ts';
import { openRandomAccess } from './source-file.ts';
import type { RandomAccess, ReadControl, SourceFile } from './source-file.ts';
import { readEntry, readEntryStart, zipEntries } from './zip-archive.ts';
import type { ZipEntry } from './zip-archive.ts';

/** The arrays of one archive; each is inflated when asked for, and remembered as used. */
export interface NpzArrays {
  where: string;
  names: string[];
  has(name: string): boolean;
  /** Lengths of the axes, from the header alone; null when the array's type is not read. */
  shape(name: string): Promise<number[] | null>;
  array(name: string): Promise<NpyArray>;
  numbers(name: string): Promise<NumberArray>;
  /** Arrays that nobody asked for. */
  unused(): string[];
}

/**
 * Reads an NPZ file. Where it has no test rows, `testRows` is 0 and the caller splits.
 * @throws LeverageError 'invalidInput' naming file and array
 */
export async function readNpz(file: SourceFile, control: ReadControl): Promise<Dataset> {
  const access = await openRandomAccess(file, control);
  try {
    const arrays = await openArrays(access, file, control);
    const dense = ['X_train', 'x_train'].find((name) => arrays.has(name));
    if (dense !== undefined) return await readDense(arrays, dense);
    if (['data', 'indices', 'indptr', 'shape'].every((name) => arrays.has(name))) return await readSparse(arrays);
    throw invalidInput(
      `${file.name} holds neither X_train and y_train nor a CSR matrix (data, indices, indptr, shape); its arrays are ${listed(arrays.names)}.`,
      'Name the arrays X_train, y_train, X_test and y_test.',
    );
  } finally {
    await access.close();
  }
}

async function openArrays(access: RandomAccess, file: SourceFile, control: ReadControl): Promise<NpzArrays> {
  const entries = new Map<string, ZipEntry>();
  for (const entry of await zipEntries(access, file.name)) {
    if (entry.name.endsWith('.npy')) entries.set(entry.name.slice(0, -4), entry);
  }
  if (entries.size === 0) {
    throw invalidInput(
      `${file.name} is a zip archive without NumPy arrays.`,
      'Unpack it and import the files in it (an Excel workbook: save it as CSV).',
    );
  }
  const used = new Set<string>();
  let bytesRead = 0;
  const find = (name: string): ZipEntry => {
    const entry = entries.get(name);
    if (entry === undefined) throw invalidInput(`${file.name} has no array ${name}.`, `Add ${name} and save it again.`);
    return entry;
  };
  const array = async (name: string): Promise<NpyArray> => {
    const entry = find(name);
    used.add(name);
    const bytes = await readEntry(access, entry, file.name);
    bytesRead += entry.compressedBytes;
    control.progress({ file: file.name, bytesRead, bytesTotal: file.bytes, rows: 0 });
    return npyArray(bytes, `${file.name}: ${name}`);
  };
  return {
    where: file.name,
    names: [...entries.keys()],
    has: (name) => entries.has(name),
    async shape(name) {
      const start = await readEntryStart(access, find(name), file.name);
      try {
        return npyHeader(start, name).shape;
      } catch {
        // Types that are not read (objects, records): `array` says why when the array is needed.
        return null;
      }
    },
    array,
    async numbers(name) {
      const read = await array(name);
      if (read.kind === 'numbers') return read;
      throw invalidInput(`${file.name}: ${name} holds strings where numbers are needed.`, 'Save it as numbers.');
    },
    unused: () => [...entries.keys()].filter((name) => !used.has(name)),
  };
}

async function readDense(arrays: NpzArrays, trainName: string): Promise<Dataset> {
  const { where } = arrays;
  const testName = trainName.replace('train', 'test');
  const train = await features(arrays, trainName);
  const test = arrays.has(testName) ? await features(arrays, testName) : null;
  if (test !== null && test.columns !== train.columns) {
    throw invalidInput(
      `${where}: ${trainName} has ${train.columns} columns and ${testName} has ${test.columns}.`,
      'Both need the same features.',
    );
  }
  const counts: RowCounts = { train: train.rows, test: test?.rows ?? 0 };
  const data = test === null ? train.data : stackBlocks([train.data, test.data]);
  const names = await featureNames(arrays, 'feature_names', train.columns);
  const block: FeatureBlock = { kind: 'dense', columns: train.columns, names, scale: 1, data };
  const columns = [await joined(arrays, 'y_train', counts.test > 0 ? 'y_test' : null, 'y', 'target', counts)];
  if (arrays.has('sample_weight')) {
    columns.push(await joined(arrays, 'sample_weight', null, 'sample_weight', 'weight', counts));
  }
  const taken = new Set([trainName, testName, 'y_train', 'y_test', 'feature_names', 'sample_weight']);
  for (const name of arrays.names) {
    const group = taken.has(name) ? null : await groupArray(arrays, name, counts);
    if (group !== null) columns.push(group);
  }
  return {
    name: '',
    trainRows: counts.train,
    testRows: counts.test,
    columns,
    block,
    image: imageOf(train, data),
    source: where,
    notes: leftOut(arrays),
  };
}

async function readSparse(arrays: NpzArrays): Promise<Dataset> {
  const { where } = arrays;
  const { block, rows } = await readCsrBlock(arrays);
  const names = await featureNames(arrays, arrays.has('vocab') ? 'vocab' : 'feature_names', block.columns);
  let trainRows = rows;
  if (arrays.has('n_train')) {
    trainRows = (await arrays.numbers('n_train')).data[0] ?? 0;
    if (!Number.isInteger(trainRows) || trainRows < 1 || trainRows >= rows) {
      throw invalidInput(
        `${where}: n_train is ${trainRows}, but the matrix has ${rows} rows.`,
        'n_train counts the training rows, which come first; at least one test row must follow.',
      );
    }
  }
  const counts: RowCounts = { train: trainRows, test: rows - trainRows };
  const columns = [await wholeColumn(arrays, 'y', 'target', rows)];
  if (arrays.has('sample_weight')) {
    const length = (await arrays.shape('sample_weight'))?.[0];
    columns.push(
      length === rows
        ? await wholeColumn(arrays, 'sample_weight', 'weight', rows)
        : await joined(arrays, 'sample_weight', null, 'sample_weight', 'weight', counts),
    );
  }
  const taken = new Set('data indices indptr shape format y n_train vocab feature_names sample_weight'.split(' '));
  if (arrays.has('format')) await arrays.array('format');
  for (const name of arrays.names) {
    const group = taken.has(name) ? null : await groupArray(arrays, name, counts);
    // One name per row names the row; it does not group rows.
    if (group !== null) columns.push(name === 'filename' ? { ...group, role: 'id' } : group);
  }
  return {
    name: '',
    trainRows: counts.train,
    testRows: counts.test,
    columns,
    block: { ...block, names },
    image: null,
    source: where,
    notes: leftOut(arrays),
  };
}

interface RowCounts {
  train: number;
  test: number;
}

interface DenseFeatures {
  rows: number;
  columns: number;
  sides: number[];
  data: BlockData;
}

async function features(arrays: NpzArrays, name: string): Promise<DenseFeatures> {
  const { shape, data } = await arrays.numbers(name);
  const [rows, ...sides] = shape;
  if (shape.length < 2 || shape.length > 3 || data.length === 0) {
    throw invalidInput(
      `${arrays.where}: ${name} has shape (${shape.join(', ')}); rows × features are needed.`,
      'Reshape it to two axes, at least one row and one feature.',
    );
  }
  const columns = data.length / rows;
  if (data instanceof Float32Array || data instanceof Float64Array) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) {
      throw invalidInput(
        `${arrays.where}: ${name} is ${data[at]} in row ${Math.floor(at / columns)}, column ${at % columns}.`,
        'Replace it by a finite number and save the file again.',
      );
    }
  }
  return { rows, columns, sides, data };
}

function imageOf({ sides }: DenseFeatures, data: BlockData): ImageShape | null {
  if (sides.length !== 2) return null;
  let maximum = 0;
  for (const value of data) if (value > maximum) maximum = value;
  return {
    height: sides[0],
    width: sides[1],
    maximum: data instanceof Uint8Array && maximum > 16 ? 255 : maximum || 1,
  };
}

async function featureNames(arrays: NpzArrays, name: string, columns: number): Promise<string[] | null> {
  if (!arrays.has(name)) return null;
  const read = await arrays.array(name);
  const names = read.kind === 'strings' ? read.data : Array.from(read.data, String);
  if (names.length !== columns) {
    throw invalidInput(
      `${arrays.where}: ${name} has ${names.length} names for ${columns} features.`,
      'Give one name per feature.',
    );
  }
  return names;
}

/** A 1-D array as a group column when its length says which rows it belongs to; null when it says nothing. */
async function groupArray(arrays: NpzArrays, name: string, counts: RowCounts): Promise<Column | null> {
  if (name.endsWith('_test') && arrays.has(`${name.slice(0, -5)}_train`)) return null;
  const shape = await arrays.shape(name);
  const suffixed = name.endsWith('_train');
  // An array of a type that is not read is refused only where its name promises a group column.
  if (shape === null) return suffixed ? joined(arrays, name, null, name, 'group', counts) : null;
  if (shape.length !== 1) return null;
  if (suffixed) {
    const base = name.slice(0, -6);
    const test = counts.test > 0 && arrays.has(`${base}_test`) ? `${base}_test` : null;
    return withIdRole(await joined(arrays, name, test, base, 'group', counts), counts);
  }
  if (shape[0] === counts.train + counts.test)
    return withIdRole(await wholeColumn(arrays, name, 'group', shape[0]), counts);
  if (shape[0] === counts.train) return withIdRole(await joined(arrays, name, null, name, 'group', counts), counts);
  return null;
}

/** Numbers that never repeat over many rows (row numbers) name rows; they do not group them. */
function withIdRole(column: Column, counts: RowCounts): Column {
  if (column.kind !== 'number' || counts.train < 20) return column;
  const distinct = new Set(column.values.subarray(0, counts.train));
  return distinct.size === counts.train ? { ...column, role: 'id' } : column;
}

/** Training values, then test values (missing when the array exists for training rows only). */
async function joined(
  arrays: NpzArrays,
  trainName: string,
  testName: string | null,
  name: string,
  role: ColumnRole,
  counts: RowCounts,
): Promise<Column> {
  const train = await vector(arrays, trainName, counts.train);
  const test = testName === null ? null : await vector(arrays, testName, counts.test);
  if (test !== null && test.kind !== train.kind) {
    throw invalidInput(
      `${arrays.where}: ${trainName} holds ${train.kind} and ${testName} holds ${test.kind}.`,
      'Save both with the same type.',
    );
  }
  if (train.kind === 'strings') {
    const missing: (string | null)[] = new Array<null>(counts.test).fill(null);
    return categoryFromStrings(name, role, [...train.data, ...(test?.kind === 'strings' ? test.data : missing)]);
  }
  const values = new Float64Array(counts.train + counts.test).fill(NaN);
  values.set(train.data);
  if (test?.kind === 'numbers') values.set(test.data, counts.train);
  return { kind: 'number', name, role, values };
}

async function wholeColumn(arrays: NpzArrays, name: string, role: ColumnRole, rows: number): Promise<Column> {
  const read = await vector(arrays, name, rows);
  if (read.kind === 'strings') return categoryFromStrings(name, role, read.data);
  return { kind: 'number', name, role, values: Float64Array.from(read.data) };
}

/** A 1-D array (or n×1) of the expected length. */
async function vector(arrays: NpzArrays, name: string, length: number): Promise<NpyArray> {
  const read = await arrays.array(name);
  if (read.data.length !== length || read.shape[0] !== length) {
    throw invalidInput(
      `${arrays.where}: ${name} has shape (${read.shape.join(', ')}) where ${length} values are needed, one per row.`,
      'Save one value per row of its matrix.',
    );
  }
  return read;
}

function leftOut(arrays: NpzArrays): string[] {
  const unused = arrays.unused();
  return unused.length === 0 ? [] : [`Arrays not used: ${listed(unused)}.`];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(', ');
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown;
}
