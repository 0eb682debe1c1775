import { invalidInput } from '../../shared/errors.ts';
import type { StudySpec } from '../../shared/study-spec.ts';
import { allRows, openStream } from './random-stream.ts';
import { toGrid } from './rounding-grid.ts';

export type TestPointsSpec = StudySpec['evaluate']['testPoints'];

/**
 * Test rows whose margin and loss a study follows: those of highest test loss, descending (compared on a
 * common grid, ties by row number), then distinct others drawn uniformly, in the order drawn. Fewer test rows
 * than asked for give all of them. With `rows`: those, in their order; throws invalidInput for one that
 * does not exist or is named twice.
 */
export function chooseTestPoints(testPoints: TestPointsSpec, testLoss: Float64Array, seed: number): number[] {
  if ('rows' in testPoints) return checkedRows(testPoints.rows, testLoss.length);
  const loss = toGrid(testLoss);
  const byLoss = allRows(loss.length).sort((a, b) => descending(loss[a], loss[b]) || a - b);
  const highest = byLoss.subarray(0, testPoints.highestLoss);
  const others = byLoss.slice(highest.length).sort();
  const stream = openStream(seed, 'testPoints');
  const drawn: number[] = [];
  for (let i = 0; i < Math.min(testPoints.random, others.length); i++) {
    const j = i + stream.below(others.length - i);
    drawn.push(others[j]);
    others[j] = others[i];
  }
  return [...highest, ...drawn];
}

/** For sorting: larger first, NaN last. */
function descending(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a > b ? -1 : a < b ? 1 : 0;
}

function checkedRows(rows: readonly number[], testRows: number): number[] {
  rows.forEach((row, index) => {
    const field = `evaluate.testPoints.rows[${index}]`;
    if (!Number.isInteger(row) || row < 0 || row >= testRows) {
      throw invalidInput(
        `${field} is ${row}, which is no test row.`,
        testRows === 0 ? 'The dataset has no test rows.' : `Test rows are numbered from 0 to ${testRows - 1}.`,
      );
    }
    if (rows.indexOf(row) < index) throw invalidInput(`${field} repeats test row ${row}.`, 'Name every row once.');
  });
  return [...rows];
}
