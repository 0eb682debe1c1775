/** What every device is held to: the reference, and naive formulas. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { createReferenceDevice } from '../../src/main/compute/reference/reference-device.ts';
import type { Device, PlacedMatrix } from '../../src/main/compute/device.ts';
import { softmaxInto } from '../../src/main/compute/stable-change.ts';
import type { DenseMatrix, Matrix, SparseMatrix } from '../../src/shared/matrix.ts';

const TOLERANCE: Record<Device['info']['precision'], number> = { float64: 1e-12, float32: 1e-5 };

function uniforms(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => (generator.next() >>> 0) / 2 ** 32;
}

function randomArray(length: number, scale: number, next: () => number): Float64Array {
  return Float64Array.from({ length }, () => scale * (2 * next()));
}

function denseMatrix(rows: number, columns: number, seed: number): DenseMatrix {
  return { kind: 'dense', rows, columns, data: randomArray(rows * columns, 1, uniforms(seed)) };
}

function sparseMatrix(rows: number, columns: number, seed: number, density = 0.3): SparseMatrix {
  const next = uniforms(seed);
  const indptr = new Int32Array(rows + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      if (next() > density) continue;
      indices.push(j);
      values.push(next());
    }
    indptr[i + 1] = indices.length;
  }
  return {
    kind: 'sparse',
    rows,
    columns,
    indptr,
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
  };
}

/** @param terms Size of what is summed, where the sum itself may be much smaller */
function expectClose(actual: Float64Array, expected: Float64Array, tolerance: number, terms = 1e-300): void {
  expect(actual.length).toBe(expected.length);
  const scale = expected.reduce((top, value) => Math.max(top, Math.abs(value)), terms);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
  expect(worst / scale).toBeLessThanOrEqual(tolerance);
}

/** Σ w [ℓ(z + Δ) − ℓ(z) − ℓ′(z)Δ] per row by plain formulas: the label is of no matter, so class 0 stands for it. */
async function lossCurveByDefinition(
  placed: PlacedMatrix,
  base: Float64Array,
  weights: Float64Array,
  delta: Float64Array,
  logits: number,
): Promise<Float64Array> {
  const n = placed.rows;
  const steps = await placed.margins(delta);
  const groups = delta.length / (logits * placed.columns);
  const slices = weights.length / n;
  const out = new Float64Array(groups * slices);
  const q = new Float64Array(logits);
  const moved = new Float64Array(logits);
  for (let g = 0; g < groups; g++) {
    for (let i = 0; i < n; i++) {
      let part: number;
      if (logits === 1) {
        const [z, step] = [base[i], steps[g * n + i]];
        part = curveOf([1 / (1 + Math.exp(z)), 1 / (1 + Math.exp(-z))], [0, step]);
      } else {
        softmaxInto(base, logits, i, n, q);
        for (let k = 0; k < logits; k++) moved[k] = steps[(g * logits + k) * n + i];
        part = curveOf([...q], [...moved]);
      }
      for (let s = 0; s < slices; s++) out[g * slices + s] += weights[s * n + i] * part;
    }
  }
  return out;
}

/** log Σ q e^Δ − Σ qΔ: by its series of central moments for small steps, where the plain form cancels. */
function curveOf(q: number[], steps: number[]): number {
  const mean = q.reduce((sum, share, k) => sum + share * steps[k], 0);
  const v = steps.map((step) => step - mean);
  const moment = (order: number): number => q.reduce((sum, share, k) => sum + share * v[k] ** order, 0);
  if (Math.max(...v.map(Math.abs)) < 1e-3) {
    const [m2, m3, m4] = [moment(2), moment(3), moment(4)];
    return m2 / 2 + m3 / 6 + (m4 - 3 * m2 * m2) / 24;
  }
  return Math.log(q.reduce((sum, share, k) => sum + share * Math.exp(v[k]), 0));
}

/** The suite over one device, in float64 or float32 by what the device says of itself. */
export function describeDevice(name: string, create: () => Promise<Device>): void {
  describe(name, () => describeProducts(create));
}

function describeProducts(create: () => Promise<Device>): void {
  let device: Device;
  const reference = createReferenceDevice();
  beforeAll(async () => {
    device = await create();
  });
  afterAll(() => device.dispose());

  it('multiplies', async () => {
    const next = uniforms(1);
    const A = randomArray(7 * 5, 1, next);
    const B = randomArray(5 * 3, 1, next);
    const product = await device.multiply(A, B, 7, 5, 3);
    let entry = 0;
    for (let l = 0; l < 5; l++) entry += A[2 * 5 + l] * B[l * 3 + 1];
    expect(product[2 * 3 + 1]).toBeCloseTo(entry, 5);
    expectClose(
      await device.multiply(A, B, 7, 5, 3),
      await reference.multiply(A, B, 7, 5, 3),
      TOLERANCE[device.info.precision],
    );
    expectClose(
      await device.multiply(A, B, 7, 5, 3, true),
      await reference.multiply(A, B, 7, 5, 3, true),
      TOLERANCE[device.info.precision],
    );
  });

  const shapes: [string, Matrix, boolean, number][] = [
    ['dense with intercept, two classes', denseMatrix(1300, 6, 2), true, 1],
    ['dense without intercept, two classes', denseMatrix(40, 6, 3), false, 1],
    ['sparse, two classes', sparseMatrix(90, 12, 4), true, 1],
    ['dense, four classes', denseMatrix(1100, 5, 5), true, 4],
    ['sparse, three classes, no intercept', sparseMatrix(60, 9, 6), false, 3],
    // So sparse that a device may go through the non-zeros only.
    ['very sparse, two classes', sparseMatrix(300, 70, 8, 0.04), true, 1],
    ['very sparse, three classes, no intercept', sparseMatrix(120, 50, 9, 0.04), false, 3],
  ];

  let curvesSeen = 0;
  it.each(shapes)('agrees with the reference on every product: %s', async (_title, X, intercept, logits) => {
    const groups = 260 / logits > 60 ? 65 : 6;
    const tolerance = TOLERANCE[device.info.precision];
    const next = uniforms(7);
    const placed = await device.place(X, intercept);
    const expected = await reference.place(X, intercept);
    const p = placed.columns;
    expect(p).toBe(X.columns + (intercept ? 1 : 0));
    const P = randomArray(groups * logits * p, 0.5, next).map((value) => value - 0.5);
    expectClose(await placed.margins(P), await expected.margins(P), tolerance);
    const R = randomArray(groups * X.rows, 1, next);
    expectClose(await placed.combine(R), await expected.combine(R), tolerance);
    const v = randomArray(X.rows, 1, next);
    expectClose(await placed.gram(v), await expected.gram(v), tolerance);
    expectClose(await placed.gramDiagonal(v), await expected.gramDiagonal(v), tolerance);

    const base = randomArray(logits * X.rows, 2, next).map((value) => value - 2);
    const keep = Float64Array.from({ length: groups * X.rows }, () => (next() < 0.3 ? 0 : 1 + next()));
    const batch = placed.openBatch(base, keep, logits);
    const expectedBatch = expected.openBatch(base, keep, logits);
    expectClose(await batch.curvatureProduct(P), await expectedBatch.curvatureProduct(P), tolerance);
    // Steps from 1e-9 to far beyond the switch of formulas at 1.
    for (const scale of [1e-9, 1e-3, 1, 40]) {
      const delta = P.map((value) => value * scale);
      expectClose(await batch.gradientAt(delta), await expectedBatch.gradientAt(delta), tolerance);
      expectClose(await batch.gradientChange(delta), await expectedBatch.gradientChange(delta), tolerance);
      expectClose(
        await batch.curvatureProduct(P),
        await expectedBatch.curvatureProduct(P),
        tolerance * (scale > 1 ? 100 : 1),
      );
      expectClose(await batch.curvatureMass(), await expectedBatch.curvatureMass(), tolerance * (scale > 1 ? 100 : 1));
      const y = Int32Array.from({ length: X.rows }, () => Math.floor(next() * (logits === 1 ? 2 : logits)));
      const slices = randomArray(3 * X.rows, 1, next);
      // A loss changes by at most the largest step of its logits; over rows the changes cancel.
      const steps = await expected.margins(delta);
      const mean = steps.reduce((sum, step) => sum + Math.abs(step), 0) / groups;
      expectClose(
        await placed.lossChange(base, y, slices, 'shared', delta, logits),
        await expected.lossChange(base, y, slices, 'shared', delta, logits),
        tolerance,
        mean,
      );
      const curve = await placed.lossCurve?.(base, slices, delta, logits);
      if (curve !== undefined && curve !== null) {
        curvesSeen++;
        expectClose(
          curve,
          await lossCurveByDefinition(expected, base, slices, delta, logits),
          TOLERANCE[device.info.precision],
        );
      }
      expectClose(
        await placed.lossChange(base, y, keep, 'own', delta, logits),
        await expected.lossChange(base, y, keep, 'own', delta, logits),
        tolerance,
      );
    }
    // Groups given by their members, few and many.
    for (const share of [0.01, 0.4]) {
      const members = Array.from({ length: groups }, () =>
        Int32Array.from({ length: X.rows }, (_, i) => i).filter(() => next() < share),
      );
      const rowSums = randomArray(logits * X.rows, 1, next);
      expectClose(
        await placed.combineGroups(rowSums, members),
        await expected.combineGroups(rowSums, members),
        tolerance,
        1,
      );
      const without = { weights: v, members, side: 'without' as const };
      const removal = placed.openBatch(base, without, logits);
      const expectedRemoval = expected.openBatch(base, without, logits);
      expectClose(await removal.gradientChange(P), await expectedRemoval.gradientChange(P), tolerance);
      const y = Int32Array.from({ length: X.rows }, () => 0);
      const only = { weights: v, members, side: 'only' as const };
      expectClose(
        await placed.lossChange(base, y, only, 'own', P, logits),
        await expected.lossChange(base, y, only, 'own', P, logits),
        tolerance,
        1,
      );
    }
    const some = Int32Array.of(1, 3, 4);
    const take = (data: Float64Array): Float64Array =>
      Float64Array.from([...some].flatMap((g) => [...data.subarray(g * logits * p, (g + 1) * logits * p)]));
    const whole = await expectedBatch.curvatureProduct(P);
    expectClose(await batch.select(some).curvatureProduct(take(P)), take(whole), tolerance * 100);
  });

  it('splits off the part of a loss that is not linear in the step, where its functions are accurate', async () => {
    const offers = (await device.place(denseMatrix(3, 2, 1), true)).lossCurve !== undefined;
    expect(curvesSeen > 0).toBe(offers);
  });

  it('keeps every digit of a tiny change and never overflows on a huge one', async () => {
    const X: DenseMatrix = { kind: 'dense', rows: 4, columns: 1, data: Float64Array.of(1, 1, 1, 1) };
    const placed = await device.place(X, false);
    const base = Float64Array.of(0, 30, -700, 800);
    const batch = placed.openBatch(base, Float64Array.of(1, 0, 0, 0), 1);
    // σ(10⁻¹²) − σ(0) = 10⁻¹²/4 to first order; the naive difference keeps four digits.
    const [tiny] = await batch.gradientChange(Float64Array.of(1e-12));
    expect(Math.abs(tiny / 0.25e-12 - 1)).toBeLessThan(TOLERANCE[device.info.precision]);
    const far = await placed.openBatch(base, Float64Array.of(1, 1, 1, 1), 1).gradientChange(Float64Array.of(-1600));
    expect(far[0]).toBeCloseTo(-0.5 - 1 - 0 - 1, 6);
    const loss = await placed.lossChange(
      base,
      Int32Array.of(1, 1, 1, 0),
      Float64Array.of(1, 1, 1, 1),
      'shared',
      Float64Array.of(-1600),
      1,
    );
    expect(loss[0]).toBeCloseTo(1600 - Math.log(2) + 1570 + 1600 - 800, 3);
  });
}
