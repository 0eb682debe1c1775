/** What an import will see, before anything is stored: tables and IDX by their head, NPZ and svmlight by reading them. */
import type { ImportOptions, ImportPreview } from '../../shared/contract.ts';
import type { Column, ColumnRole, Dataset } from '../../shared/dataset.ts';
import { chooseVocabulary } from './bag-of-words.ts';
import { checkDataset } from './check-dataset.ts';
import { blockFeatureName } from './feature-layout.ts';
import { idxHeader } from './idx-reader.ts';
import { readNpz } from './npz-reader.ts';
import { openTables, recogniseFiles } from './read-files.ts';
import type { FileSet, TableSet } from './read-files.ts';
import { DEFAULT_TEST, testRowCount } from './row-selection.ts';
import { blockValues, cellText, formatNumber } from './row-details.ts';
import { UNWATCHED } from './source-file.ts';
import type { SourceFile } from './source-file.ts';
import { readSvmlight } from './svmlight-reader.ts';

const PREVIEW_ROWS = 20;
const PREVIEW_FEATURES = 60;
const EXAMPLES = 5;

/**
 * Looks at the files as `readFiles` would read them. Counts of a big table are null (only its head is read).
 * @throws LeverageError 'invalidInput' as `readFiles`
 */
export async function previewFiles(files: SourceFile[], options: ImportOptions): Promise<ImportPreview> {
  const set = await recogniseFiles(files);
  if (set.format === 'table') return previewTable(set, options);
  if (set.format === 'idx') return previewImages(set, options);
  const gzip = set.gzip ? ' · gzip' : '';
  if (set.format === 'npz') return previewDataset(await readNpz(set.file, UNWATCHED), `NPZ${gzip}`, options);
  return previewDataset(await readSvmlight(set.train, set.test, UNWATCHED), `svmlight${gzip}`, options);
}

async function previewTable(set: TableSet, options: ImportOptions): Promise<ImportPreview> {
  const { train, test, roles, types, texts, notes } = await openTables(set, options);
  const roleOf = (name: string): ColumnRole => roles.get(name) ?? 'feature';
  const counts = splitCounts(train.complete ? train.rows.length : train.rowCount, test, options);
  const judged = train.rows.length;
  if (!train.complete) notes.push(`Types are judged by the first ${judged} rows.`);
  const gap = train.sample.find(
    (column) => column.kind === 'number' && roleOf(column.name) === 'feature' && missingIn(column) > 0,
  );
  if (gap !== undefined && options.missingNumbers === undefined) {
    notes.push(`Missing numbers (as in "${gap.name}") will be replaced by the mean of the training rows.`);
  }
  return {
    format: train.format,
    table: true,
    ...counts,
    judgedRows: judged,
    columns: train.sample.map((column) => {
      const shown = columnPreview({ ...column, role: roleOf(column.name) });
      const text = texts.get(column.name);
      if (text === undefined || column.kind !== 'category') {
        return types.get(column.name) === 'text' ? { ...shown, kind: 'text' as const } : shown;
      }
      const { terms, found } = chooseVocabulary(column, judged, text);
      return { ...shown, kind: 'text' as const, terms: { kept: terms.length, found, first: terms.slice(0, EXAMPLES) } };
    }),
    featureCount: train.names.filter((name) => roleOf(name) === 'feature').length,
    rows: train.rows.slice(0, PREVIEW_ROWS),
    notes: [...train.notes, ...notes],
  };
}

async function previewImages(set: Extract<FileSet, { format: 'idx' }>, options: ImportOptions): Promise<ImportPreview> {
  const { shape } = await idxHeader(set.train.images);
  const testRows = set.test === null ? null : (await idxHeader(set.test.images)).shape[0];
  const labels = await idxHeader(set.train.labels);
  const [rows, ...sides] = shape;
  const counts = testRows === null ? splitCounts(rows, null, options) : { trainRows: rows, testRows };
  return {
    format: set.gzip ? 'IDX · gzip' : 'IDX',
    table: false,
    ...counts,
    judgedRows: rows,
    columns: [{ name: 'label', kind: 'number', role: 'target', missing: 0, examples: [] }],
    featureCount: sides.reduce((product, side) => product * side, 1),
    rows: [],
    notes: [`${sides.join(' × ')} pixels per image; ${labels.shape[0]} labels.`],
  };
}

/** NPZ and svmlight: read, then shown; what the import would refuse is refused here. */
function previewDataset(dataset: Dataset, format: string, options: ImportOptions): ImportPreview {
  const counts = splitCounts(dataset.trainRows, dataset.testRows === 0 ? null : dataset, options);
  if (dataset.testRows > 0) checkDataset(dataset);
  const { block } = dataset;
  const features = block === null ? 0 : Math.min(block.columns, PREVIEW_FEATURES);
  const rows = Array.from({ length: Math.min(PREVIEW_ROWS, dataset.trainRows) }, (_, row) => {
    const cells = dataset.columns.map((column) => cellText(column, row));
    return block === null ? cells : [...cells, ...blockValues(block, row, features).map(formatNumber)];
  });
  const columns = dataset.columns.map(columnPreview);
  if (block !== null) {
    for (let feature = 0; feature < features; feature++) {
      const at = dataset.columns.length + feature;
      columns.push({
        name: blockFeatureName(block, dataset.image, feature),
        kind: 'number',
        role: 'feature',
        missing: 0,
        examples: [...new Set(rows.map((row) => row[at]))].slice(0, EXAMPLES),
      });
    }
  }
  const notes = [...dataset.notes];
  if (block !== null && block.columns > features)
    notes.push(`The first ${features} of ${block.columns} features are shown.`);
  return {
    format,
    table: false,
    ...counts,
    judgedRows: dataset.trainRows,
    columns,
    featureCount: block?.columns ?? 0,
    rows,
    notes,
  };
}

function splitCounts(
  rows: number | null,
  test: { complete: boolean; rows: readonly unknown[]; rowCount: number | null } | { testRows: number } | null,
  options: ImportOptions,
): { trainRows: number | null; testRows: number | null } {
  if (test !== null && 'testRows' in test) return { trainRows: rows, testRows: test.testRows };
  if (test !== null) return { trainRows: rows, testRows: test.complete ? test.rows.length : test.rowCount };
  if (rows === null || rows < 2) return { trainRows: rows, testRows: null };
  const testRows = testRowCount(rows, options.test ?? DEFAULT_TEST);
  return { trainRows: rows - testRows, testRows };
}

function columnPreview(column: Column): ImportPreview['columns'][number] {
  const examples = new Set<string>();
  const rows = column.kind === 'number' ? column.values.length : column.codes.length;
  for (let row = 0; row < rows && examples.size < EXAMPLES; row++) {
    const text = cellText(column, row);
    if (text !== '') examples.add(text);
  }
  return {
    name: column.name,
    kind: column.kind,
    role: column.role,
    missing: missingIn(column),
    examples: [...examples],
  };
}

function missingIn(column: Column): number {
  let missing = 0;
  if (column.kind === 'number') for (const value of column.values) missing += Number.isNaN(value) ? 1 : 0;
  else for (const code of column.codes) missing += code < 0 ? 1 : 0;
  return missing;
}
