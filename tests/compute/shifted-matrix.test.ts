/** One-hot and standardised columns, taken as entries around their common values, against the reference device on the same dense matrix. */
import { expect, it } from 'vitest';
import { openDevice } from '../../src/main/compute/index.ts';
import { aroundCommonValues } from '../../src/main/compute/shifted-matrix.ts';
import { placeRows } from '../../src/main/models/model-on-device.ts';
import type { Design } from '../../src/shared/dataset.ts';
import type { DenseMatrix } from '../../src/shared/matrix.ts';

const ROWS = 400;
/** Two numbers, then standardised indicators: no element is 0, yet few differ from their column's common value. */
function oneHotRows(levels: number): DenseMatrix {
  const columns = 2 + levels;
  const data = new Float64Array(ROWS * columns);
  for (let i = 0; i < ROWS; i++) {
    data[i * columns] = Math.sin(i);
    data[i * columns + 1] = Math.cos(3 * i);
    for (let j = 0; j < levels; j++) data[i * columns + 2 + j] = (i * i + 7 * i) % levels === j ? 3.1 : -0.3 / (j + 1);
  }
  return { kind: 'dense', rows: ROWS, columns, data };
}

const numbers = (length: number, seed: number) => Float64Array.from({ length }, (_, i) => Math.sin(seed + 1.3 * i));

function expectClose(found: Float64Array, wanted: Float64Array): void {
  const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(found.length).toBe(wanted.length);
  found.forEach((value, at) => expect(Math.abs(value - wanted[at])).toBeLessThanOrEqual(1e-12 * scale));
}

// Few levels: Gram matrices are formed entry by entry; many: by panels.
it.each([20, 150])('gives every product of the dense matrix, of %i levels', async (levels) => {
  const X = oneHotRows(levels);
  const design = { train: { X }, test: { X } } as unknown as Design;
  const [exact, reference] = [await openDevice('onnx-cpu-float32'), await openDevice('reference')];
  const ours = await placeRows(design, true, exact);
  const { placed: dense } = await placeRows(design, true, reference);
  expect(ours.matrices.shifted).not.toBeNull();
  expect(ours.placed.entries).toBeLessThan(0.25 * ROWS * X.columns);
  const p = dense.columns;
  const P = numbers(5 * p, 1);
  const R = numbers(5 * ROWS, 2);
  const v = numbers(ROWS, 3).map(Math.abs);
  expectClose(await ours.placed.margins(P), await dense.margins(P));
  expectClose(await ours.placed.combine(R), await dense.combine(R));
  expectClose(await ours.placed.gram(v), await dense.gram(v));
  expectClose(await ours.placed.gramDiagonal(v), await dense.gramDiagonal(v));
  const members = [Int32Array.of(3, 9, 200), Int32Array.from({ length: 150 }, (_, i) => 2 * i)];
  const residual = numbers(ROWS, 4);
  expectClose(await ours.placed.combineGroups(residual, members), await dense.combineGroups(residual, members));
  // A Hessian of a sample leaves runs of rows out.
  const some = v.map((weight, i) => (Math.floor(i / 128) % 2 === 0 ? weight : 0));
  expectClose(await ours.placed.gram(some), await dense.gram(some));
  await exact.dispose();
  await reference.dispose();
});

it('takes what sparse test rows leave out for 0, beside dense training rows whose common value is another', async () => {
  const train = oneHotRows(20);
  const p = train.columns;
  const test = {
    kind: 'sparse',
    rows: 2,
    columns: p,
    indptr: Int32Array.of(0, 1, 1),
    indices: Int32Array.of(3),
    values: Float64Array.of(2),
  } as const;
  const device = await openDevice('onnx-cpu-float32');
  const { placedTest } = await placeRows({ train: { X: train }, test: { X: test } } as unknown as Design, true, device);
  const P = numbers(p + 1, 6);
  expectClose(await placedTest.margins(P), Float64Array.of(2 * P[3] + P[p], P[p]));
  await device.dispose();
});

it('leaves a matrix dense where too few of its elements are common', () => {
  const data = numbers(ROWS * 6, 5);
  expect(aroundCommonValues({ kind: 'dense', rows: ROWS, columns: 6, data }, false, 0.25)).toBeNull();
});
