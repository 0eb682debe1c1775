/** The system's dialogs: the only way, besides drops, in which a path comes about. */
import { writeFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { BrowserWindow, Dialog, FileFilter } from 'electron';
import { LeverageError } from '../../shared/errors.ts';

/** Endings of the datasets that can be read; MNIST's files end in "-ubyte" without a dot: "All files" has them. */
const DATASET_ENDINGS = [
  ...['csv', 'tsv', 'txt', 'data', 'parquet', 'pq', 'arrow', 'arrows', 'feather', 'ipc', 'jsonl', 'ndjson', 'json'],
  ...['npz', 'idx', 'svm', 'svmlight', 'libsvm', 'gz'],
];
const DATASET_FILTERS: FileFilter[] = [
  { name: 'Datasets', extensions: DATASET_ENDINGS },
  { name: 'All files', extensions: ['*'] },
];

const EXPORT_NAME: Readonly<Record<string, string>> = {
  zip: 'Study bundle',
  csv: 'Comma-separated values',
  json: 'JSON',
  png: 'PNG picture',
  svg: 'SVG picture',
  html: 'Web page',
};

/** Asks for dataset files; empty when dismissed. */
export async function chooseFiles(dialog: Pick<Dialog, 'showOpenDialog'>, window: BrowserWindow): Promise<string[]> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, {
    title: 'Import a dataset',
    buttonLabel: 'Import',
    properties: ['openFile', 'multiSelections'],
    filters: DATASET_FILTERS,
  });
  return canceled ? [] : filePaths;
}

/** Asks where to keep `bytes` and writes them there; false when dismissed. Throws LeverageError 'storage'. */
export async function saveBytes(
  dialog: Pick<Dialog, 'showSaveDialog'>,
  window: BrowserWindow,
  suggestedName: string,
  bytes: Uint8Array,
): Promise<boolean> {
  // A page suggests a name, not a place.
  const name = basename(suggestedName.replaceAll('\\', '/'));
  const ending = extname(name).slice(1).toLowerCase();
  const filters = ending === '' ? [] : [{ name: EXPORT_NAME[ending] ?? ending.toUpperCase(), extensions: [ending] }];
  const { canceled, filePath } = await dialog.showSaveDialog(window, { defaultPath: name, filters });
  if (canceled || filePath === '') return false;
  try {
    await writeFile(filePath, bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LeverageError(
      'storage',
      `${basename(filePath)} could not be written: ${why}.`,
      'Choose another folder.',
      { cause },
    );
  }
  return true;
}
