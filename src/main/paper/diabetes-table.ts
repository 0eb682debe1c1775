/**
 * The paper's preparation of the raw Diabetes table (UCI 296, Strack et al. 2014): 20,000 training rows, half of them
 * readmitted within 30 days, the rest for testing; 127 features, unscaled. Which rows are drawn is not known from the paper.
 */
import { parse } from 'csv-parse/sync';
import type { Column, Dataset } from '../../shared/dataset.ts';
import { invalidInput } from '../../shared/errors.ts';
import { csvFailure, csvOptions } from '../datasets/csv-parsing.ts';
import { categoryFromStrings } from '../datasets/table-columns.ts';
import { openStream } from '../groups/random-stream.ts';

const TRAIN_PER_CLASS = 10_000;
/** Columns that are no features: ids, and those of too many values or too many missing. */
const BESIDE = [
  'race',
  'gender',
  'age',
  'medical_specialty',
  'payer_code',
  'patient_nbr',
  'encounter_id',
  'admission_type_id',
  'admission_source_id',
];
const NUMBERS = [
  'time_in_hospital',
  'num_lab_procedures',
  'num_procedures',
  'num_medications',
  'number_outpatient',
  'number_emergency',
  'number_inpatient',
  'number_diagnoses',
];
const LEFT_OUT = new Set([
  ...NUMBERS,
  'encounter_id',
  'patient_nbr',
  'weight',
  'admission_type_id',
  'admission_source_id',
  'payer_code',
  'medical_specialty',
  'diag_1',
  'diag_2',
  'diag_3',
  'readmitted',
]);

/**
 * @param text diabetic_data.csv
 * @throws LeverageError 'invalidInput' naming the missing column or the line
 */
export function prepareDiabetes(text: string, where: string): Dataset {
  const records = readRecords(text, where);
  const [names, ...rows] = records;
  const at = new Map(names.map((name, index) => [name, index]));
  for (const name of [...NUMBERS, ...BESIDE, 'readmitted', 'insulin']) {
    if (at.has(name)) continue;
    throw invalidInput(`${where} has no column "${name}".`, 'Give diabetic_data.csv of the UCI repository (296).');
  }
  const column = (name: string): string[] => rows.map((row) => row[at.get(name) ?? 0]);
  const readmitted = column('readmitted').map((value) => (value === '<30' ? 1 : 0));
  const order = drawRows(readmitted, where);
  const features: { name: string; values: (row: number) => number }[] = NUMBERS.map((name) => {
    const values = column(name).map(Number);
    return { name, values: (row) => values[row] };
  });
  for (const name of names.filter((one) => !LEFT_OUT.has(one))) {
    const values = column(name);
    const levels = [...new Set(values)].sort(byNumberOrText);
    // Of two levels, one column says all.
    for (const level of levels.length === 2 ? levels.slice(1) : levels)
      features.push({ name: `${name}_${level}`, values: (row) => (values[row] === level ? 1 : 0) });
  }
  const data = new Float32Array(order.length * features.length);
  order.forEach((row, i) => {
    features.forEach(({ values }, j) => (data[i * features.length + j] = values(row)));
  });
  const columns: Column[] = [
    { kind: 'number', name: 'y', role: 'target', values: Float64Array.from(order, (row) => readmitted[row]) },
    ...BESIDE.map((name) => {
      const values = column(name);
      return categoryFromStrings(
        name,
        'group',
        order.map((row) => values[row]),
      );
    }),
  ];
  return {
    name: 'diabetes',
    trainRows: 2 * TRAIN_PER_CLASS,
    testRows: order.length - 2 * TRAIN_PER_CLASS,
    columns,
    block: { kind: 'dense', columns: features.length, names: features.map(({ name }) => name), scale: 1, data },
    image: null,
    source: `${where}, prepared as in Koh et al. 2019`,
    notes: [
      `${features.length} features; 10 000 training rows of each class drawn with seed 0, the other rows for testing.`,
    ],
  };
}

function readRecords(text: string, where: string): string[][] {
  try {
    return parse(text, csvOptions(',')) as string[][];
  } catch (error) {
    throw csvFailure(error, where, 50);
  }
}

/** Training rows of both classes in random order, then the others in random order. */
function drawRows(readmitted: readonly number[], where: string): number[] {
  const stream = openStream(0, 'paper', 'diabetes');
  const order = readmitted.map((_, row) => row);
  for (let i = order.length - 1; i > 0; i--) {
    const j = stream.below(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  const taken = [0, 0];
  const train: number[] = [];
  const test: number[] = [];
  for (const row of order) {
    const label = readmitted[row];
    if (taken[label] < TRAIN_PER_CLASS) {
      taken[label]++;
      train.push(row);
    } else test.push(row);
  }
  if (train.length < 2 * TRAIN_PER_CLASS || test.length === 0) {
    throw invalidInput(
      `${where} has ${taken[1]} rows readmitted within 30 days and ${taken[0]} others; 10 000 of each are needed.`,
      'Give the whole table.',
    );
  }
  return [...train, ...test];
}

function byNumberOrText(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (!Number.isNaN(difference)) return difference;
  return a < b ? -1 : a > b ? 1 : 0;
}
