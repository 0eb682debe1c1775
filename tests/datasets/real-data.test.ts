/** The research data kept beside the project: read, and compared with figures that NumPy computed from the same files. */
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { unzipSync } from 'fflate';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDatasetSpec, readFiles, sourceFile, summariseDataset } from '../../src/main/datasets/index.ts';
import type { Dataset } from '../../src/shared/dataset.ts';
import type { DatasetSpec } from '../../src/shared/study-spec.ts';
import { categories, numbers, quiet, scratchFolder, texts } from './scratch.ts';

const data = resolve(import.meta.dirname, '../../../shared/data');

function path(name: string): string {
  return join(data, name);
}

/** A test of one file; where the file is absent it is skipped and says why. */
function withFile(name: string, sentence: string, test: () => Promise<void>): void {
  if (existsSync(path(name))) it(sentence, test, 60_000);
  else it.skip(`${sentence} — skipped: ../shared/data/${name} is not there`, test);
}

async function readNpz(name: string): Promise<Dataset> {
  return readFiles([await sourceFile(path(name))], {}, quiet);
}

function sum(dataset: Dataset, fromRow: number, toRow: number): number {
  const { block } = dataset;
  if (block === null) throw new Error('no block');
  const offset = (row: number): number => (block.kind === 'dense' ? row * block.columns : block.indptr[row]);
  let total = 0;
  for (let at = offset(fromRow); at < offset(toRow); at++) total += block.data[at] * block.scale;
  return total;
}

describe('real files', () => {
  withFile('diabetes/diabetes.npz', 'Diabetes: every value, label and group column', async () => {
    const dataset = await readNpz('diabetes/diabetes.npz');
    expect([dataset.trainRows, dataset.testRows, dataset.block?.columns]).toEqual([20_000, 81_766, 127]);
    expect(sum(dataset, 0, 20_000)).toBe(1_963_139);
    expect(sum(dataset, 20_000, 101_766)).toBe(7_886_495);
    expect(dataset.block?.names?.slice(0, 2)).toEqual(['time_in_hospital', 'num_lab_procedures']);
    const summary = summariseDataset(dataset);
    expect(summary.classCounts).toEqual([10_000, 10_000]);
    expect(summary.groupColumns.sort()).toEqual(
      'admission_source_id admission_type_id age encounter_id gender medical_specialty patient_nbr payer_code race'.split(
        ' ',
      ),
    );
    expect(texts(categories(dataset, 'race')).slice(0, 3)).toEqual(['Hispanic', 'AfricanAmerican', 'Caucasian']);
    expect(texts(categories(dataset, 'age')).slice(20_000, 20_003)).toEqual(['[60-70)', '[60-70)', '[80-90)']);
    expect(Array.from(numbers(dataset, 'row').values.slice(0, 2))).toEqual([7426, 2823]);
    expect(numbers(dataset, 'row').role).toBe('id');
  });

  withFile('enron/enron.npz', 'Enron: the sparse layout, split at n_train', async () => {
    const dataset = await readNpz('enron/enron.npz');
    expect([dataset.trainRows, dataset.testRows, dataset.block?.columns]).toEqual([4137, 1035, 3289]);
    expect(dataset.block?.data.length).toBe(212_916);
    expect(sum(dataset, 0, 4137)).toBe(290_799);
    expect(dataset.block?.names?.[1]).toBe('abdominal');
    expect(texts(categories(dataset, 'filename'))[0]).toBe('2544.2000-10-16.farmer.ham.txt');
  });

  withFile('cdr/cdr.npz', 'CDR: weights and group columns of the training rows', async () => {
    const dataset = await readNpz('cdr/cdr.npz');
    expect([dataset.trainRows, dataset.testRows, dataset.block?.columns]).toEqual([5365, 4921, 328]);
    expect(sum(dataset, 0, 5365)).toBe(65_871);
    expect(summariseDataset(dataset)).toMatchObject({ weighted: true, classCounts: [4115, 1250] });
    expect(Array.from(numbers(dataset, 'lf').values.slice(0, 3))).toEqual([5, 5, 13]);
    expect(numbers(dataset, 'lf').role).toBe('group');
    expect(Array.from(numbers(dataset, 'candidate').values.slice(5364, 5366)).map(Number.isNaN)).toEqual([false, true]);
    expect(Array.from(numbers(dataset, 'sample_weight').values.slice(0, 3))).toEqual([1, 0.5, 0.5]);
  });

  withFile(
    'mnist/train-images-idx3-ubyte.gz',
    'MNIST: the first 5,500 rows after the validation rows, as images',
    async () => {
      const spec: DatasetSpec = {
        train: { images: 'train-images-idx3-ubyte.gz', labels: 'train-labels-idx1-ubyte.gz' },
        test: { images: 't10k-images-idx3-ubyte.gz', labels: 't10k-labels-idx1-ubyte.gz' },
        validationRows: 5000,
        trainRows: 5500,
        scale: 0.00392156862745098,
      };
      const dataset = await readDatasetSpec(spec, path('mnist'), quiet);
      expect([dataset.trainRows, dataset.testRows]).toEqual([5500, 10_000]);
      // Summed in another order than NumPy does.
      expect(sum(dataset, 0, 5500) / 574946.5411764707 - 1).toBeCloseTo(0, 11);
      expect(summariseDataset(dataset).classCounts).toEqual([578, 621, 554, 588, 491, 475, 563, 571, 522, 537]);
      expect(dataset.image).toEqual({ height: 28, width: 28, maximum: 1 });
    },
  );

  withFile('spambase/spambase.data', 'Spambase: a CSV with a header and a split by seed', async () => {
    const spec: DatasetSpec = { train: 'spambase.data', label: 'spam_or_not', test: { fraction: 0.2, seed: 0 } };
    const dataset = await readDatasetSpec(spec, path('spambase'), quiet);
    expect([dataset.trainRows, dataset.testRows]).toEqual([3681, 920]);
    // The sum of the first column over all rows, by awk.
    const total = numbers(dataset, 'word_freq_make').values.reduce((a, b) => a + b, 0);
    expect(total).toBeCloseTo(481.05, 6);
  });

  withFile('diabetes/dataset_diabetes.zip', 'the raw Diabetes CSV: gaps, categories and identifiers', async () => {
    const files = unzipSync(readFileSync(path('diabetes/dataset_diabetes.zip')));
    writeFileSync(join(scratchFolder, 'diabetic_data.csv'), files['dataset_diabetes/diabetic_data.csv']);
    const spec: DatasetSpec = {
      train: 'diabetic_data.csv',
      label: 'readmitted',
      groupColumns: ['race', 'medical_specialty'],
      ignore: ['encounter_id', 'patient_nbr', 'diag_1', 'diag_2', 'diag_3'],
    };
    const dataset = await readDatasetSpec(spec, scratchFolder, quiet);
    expect(dataset.trainRows + dataset.testRows).toBe(101_766);
    expect(dataset.columns.length).toBe(50);
    expect(summariseDataset(dataset).classes).toEqual(['<30', '>30', 'NO']);
    // UCI documents these: weight is missing in 98,569 rows, race in 2,273.
    const missing = (name: string): number => categories(dataset, name).codes.filter((code) => code < 0).length;
    expect([missing('weight'), missing('race')]).toEqual([98_569, 2273]);
    expect(numbers(dataset, 'encounter_id').role).toBe('ignore');
  });
});
