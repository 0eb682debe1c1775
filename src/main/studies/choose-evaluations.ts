/** The evaluations of a study: quantities × test points and slices (method §1). */
import type { Column, Dataset } from '../../shared/dataset.ts';
import type { Evaluation } from '../../shared/quantities.ts';
import type { StudySpec } from '../../shared/study-spec.ts';
import { invalidInput } from '../../shared/errors.ts';
import type { Slice } from '../evaluation/evaluation-set.ts';

/** More values than this in a slicing column is a mistake (an id column), not a set of slices. */
const MAXIMUM_SLICES = 200;

/** Evaluations in the order of `quantities`; the margin exists for two classes only and is left out with a remark otherwise. */
export function chooseEvaluations(
  quantities: StudySpec['evaluate']['quantities'],
  testPoints: readonly number[],
  slices: readonly Slice[],
  classes: number,
  note: (text: string) => void,
): Evaluation[] {
  const evaluations: Evaluation[] = [];
  for (const quantity of new Set(quantities)) {
    if (quantity === 'margin' && classes > 2) {
      note(`The test margin is defined for two classes; with ${classes} it is left out.`);
    } else if (quantity === 'margin' || quantity === 'loss') {
      evaluations.push(...testPoints.map((row) => ({ quantity, target: String(row) })));
    } else if (quantity === 'selfLoss') {
      evaluations.push({ quantity, target: 'self' });
    } else {
      evaluations.push(...slices.map(({ target }) => ({ quantity, target })));
    }
  }
  if (evaluations.length === 0) {
    throw invalidInput('The study evaluates nothing.', 'Ask for a test point, or for the self-loss or mean test loss.');
  }
  return evaluations;
}

/** "all", and for "class" or a column's name one slice per value that some test row has. */
export function testSlices(
  dataset: Dataset,
  classes: readonly string[],
  y: Int32Array,
  names: readonly string[],
): Slice[] {
  const slices: Slice[] = [{ target: 'all', rows: Int32Array.from(y.keys()) }];
  for (const name of new Set(names)) {
    const values = name === 'class' ? Array.from(y, (label) => classes[label]) : columnValues(dataset, name);
    const byValue = new Map<string, number[]>();
    values.forEach((value, row) => {
      if (value === null) return;
      const rows = byValue.get(value);
      if (rows === undefined) byValue.set(value, [row]);
      else rows.push(row);
    });
    if (byValue.size > MAXIMUM_SLICES) {
      throw invalidInput(
        `evaluate.slices: the column "${name}" has ${byValue.size} values among the test rows; at most ${MAXIMUM_SLICES} make slices.`,
        'Choose a column with fewer values.',
      );
    }
    for (const value of [...byValue.keys()].sort()) {
      slices.push({ target: `${name}=${value}`, rows: Int32Array.from(byValue.get(value) ?? []) });
    }
  }
  return slices;
}

/** Values of the test rows as text; null = missing. */
function columnValues(dataset: Dataset, name: string): (string | null)[] {
  const column = dataset.columns.find((candidate) => candidate.name === name);
  if (column === undefined) {
    throw invalidInput(
      `evaluate.slices: the dataset has no column "${name}".`,
      `Its columns are: class, ${dataset.columns
        .map((candidate) => candidate.name)
        .slice(0, 30)
        .join(', ')}.`,
    );
  }
  return Array.from({ length: dataset.testRows }, (_, row) => valueAt(column, dataset.trainRows + row));
}

function valueAt(column: Column, row: number): string | null {
  if (column.kind === 'category') return column.codes[row] < 0 ? null : column.levels[column.codes[row]];
  return Number.isNaN(column.values[row]) ? null : String(column.values[row]);
}
