/** The two real datasets that come with the program. */
import { join } from 'node:path';
import { invalidInput } from '../../shared/errors.ts';
import type { Column, Dataset, ImageShape } from '../../shared/dataset.ts';
import { checkDataset } from './check-dataset.ts';
import { takeRows } from './row-selection.ts';
import { sourceFile, UNWATCHED } from './source-file.ts';
import { readTable } from './table-reader.ts';
import { openCsv } from './csv-head.ts';

export type SampleName = 'breast-cancer' | 'digits';

export interface Sample {
  name: SampleName;
  title: string;
  description: string;
  licence: string;
  attribution: string;
  file: string;
  /** When the features are pixels. */
  image: ImageShape | null;
}

export const SAMPLES: readonly Sample[] = [
  {
    name: 'breast-cancer',
    title: 'Breast Cancer Wisconsin (Diagnostic)',
    description: '569 tumours, 30 measurements of cell nuclei each; malignant or benign.',
    licence: 'CC BY 4.0',
    attribution:
      'W. Wolberg, O. Mangasarian, N. Street, W. Street (1995). Breast Cancer Wisconsin (Diagnostic). UCI Machine Learning Repository. doi:10.24432/C5DW2B',
    file: 'breast-cancer.csv.gz',
    image: null,
  },
  {
    name: 'digits',
    title: 'Optical Recognition of Handwritten Digits',
    description: '1,797 handwritten digits as 8 × 8 images, ten classes.',
    licence: 'CC BY 4.0',
    attribution:
      'E. Alpaydin, C. Kaynak (1998). Optical Recognition of Handwritten Digits. UCI Machine Learning Repository. doi:10.24432/C50P49',
    file: 'digits.csv.gz',
    image: { height: 8, width: 8, maximum: 16 },
  },
];

/** How the samples' `split` columns were drawn: `seededTestRows(rows, SAMPLE_SPLIT)`. */
export const SAMPLE_SPLIT = { fraction: 0.25, seed: 0 } as const;

/**
 * Reads a sample; its file says in the column `split` which rows are test rows.
 * @param samplesFolder the program's resources/samples
 */
export async function readSample(name: string, samplesFolder: string): Promise<Dataset> {
  const sample = SAMPLES.find((candidate) => candidate.name === name);
  if (sample === undefined) {
    throw invalidInput(
      `There is no sample "${name}".`,
      `The samples are ${SAMPLES.map((candidate) => `"${candidate.name}"`).join(' and ')}.`,
    );
  }
  const file = await sourceFile(join(samplesFolder, sample.file), sample.file);
  const head = await openCsv(file, ['label', 'split'], new Map());
  const table = await readTable(
    head,
    null,
    new Map([
      ['label', 'target'],
      ['split', 'ignore'],
    ]),
    new Map(),
    UNWATCHED,
  );
  const split = table.columns.find((column) => column.name === 'split');
  const rowsOf = (part: string): Int32Array =>
    split?.kind === 'category'
      ? Int32Array.from({ length: table.trainRows }, (_, row) => row).filter(
          (row) => split.levels[split.codes[row]] === part,
        )
      : new Int32Array();
  const divided = takeRows(table, rowsOf('train'), rowsOf('test'));
  const dataset: Dataset = {
    ...divided,
    name: sample.title,
    source: `${sample.attribution}. Licence: ${sample.licence}.`,
    columns: divided.columns.filter((column) => column.name !== 'split'),
  };
  return checkDataset(sample.image === null ? dataset : asImages(dataset, sample.image));
}

/** Pixel columns → one block of bytes. */
function asImages(dataset: Dataset, image: ImageShape): Dataset {
  const pixels = dataset.columns.filter((column) => column.role === 'feature');
  const rows = dataset.trainRows + dataset.testRows;
  const data = new Uint8Array(rows * pixels.length);
  pixels.forEach((column: Column, feature) => {
    if (column.kind !== 'number') return;
    column.values.forEach((value, row) => (data[row * pixels.length + feature] = value));
  });
  return {
    ...dataset,
    columns: dataset.columns.filter((column) => column.role !== 'feature'),
    block: { kind: 'dense', columns: pixels.length, names: null, scale: 1, data },
    image,
  };
}
