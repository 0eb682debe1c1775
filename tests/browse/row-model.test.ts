/** Against the definitions by plain loops: the Hessian written out, inverted by elimination. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRowModel, type RowModel } from '../../src/main/browse/row-model.ts';
import { openDevice } from '../../src/main/compute/index.ts';
import { buildDesign } from '../../src/main/features/index.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import { parseStudySpec } from '../../src/shared/study-spec.ts';
import type { Dataset } from '../../src/shared/dataset.ts';
import { openStream } from '../../src/main/groups/random-stream.ts';
import { normals } from '../groups/example-context.ts';
import { rejectionOf } from '../store/failure-of.ts';

const [TRAIN, TEST, D] = [60, 7, 3];

function made(classes: number, weighted: boolean): Dataset {
  const rows = TRAIN + TEST;
  const stream = openStream(5, 'labels', classes);
  const number = (name: string, role: 'feature' | 'weight', values: Float64Array) =>
    ({ kind: 'number', name, role, values }) as const;
  return {
    name: 'made up',
    trainRows: TRAIN,
    testRows: TEST,
    columns: [
      {
        kind: 'category',
        name: 'y',
        role: 'target',
        codes: Int32Array.from({ length: rows }, (_, row) => (row < classes ? row : stream.below(classes))),
        levels: Array.from({ length: classes }, (_, k) => `class ${k}`),
      },
      ...Array.from({ length: D }, (_, j) => number(`x${j}`, 'feature', normals(rows, 'x', j))),
      ...(weighted
        ? [
            number(
              'w',
              'weight',
              normals(rows, 'w').map((value) => 1 + value ** 2),
            ),
          ]
        : []),
    ],
    block: null,
    image: null,
    source: 'made up',
    notes: [],
  };
}

interface Fitted {
  model: RowModel;
  /** K×(D+1) with two classes written as two rows, the first of zeros. */
  theta: number[][];
  lambda: number;
  dataset: Dataset;
}

async function fitted(classes: number, weighted = false): Promise<Fitted> {
  const dataset = made(classes, weighted);
  const device = await openDevice('reference');
  const fit = await fitModel(
    buildDesign(dataset, { standardise: false }),
    { l2: { absolute: 0.7 }, intercept: true },
    device,
    { checkCancelled: () => {} },
  );
  const stored = fit.fitted;
  fit.dispose();
  await device.dispose();
  const model = await openRowModel({
    spec: parseStudySpec({ dataset: { id: 'made' } }),
    dataset,
    fit: stored,
    device: 'reference',
  });
  onTestFinished(() => model.dispose());
  const p = D + 1;
  const own = Array.from({ length: stored.logits }, (_, k) => [...stored.coefficients.subarray(k * p, (k + 1) * p)]);
  return { model, theta: classes === 2 ? [new Array<number>(p).fill(0), ...own] : own, lambda: 0.7, dataset };
}

const inputOf = ({ columns }: Dataset, row: number): number[] => [
  ...columns.flatMap((column) => (column.kind === 'number' && column.role === 'feature' ? [column.values[row]] : [])),
  1,
];
const labelOf = ({ columns: [target] }: Dataset, row: number): number =>
  target.kind === 'category' ? target.codes[row] : NaN;
const weightOf = ({ columns }: Dataset, row: number): number => {
  const weight = columns.find(({ role }) => role === 'weight');
  return weight?.kind === 'number' && row < TRAIN ? weight.values[row] : 1;
};

function probabilities(theta: number[][], x: number[]): number[] {
  const z = theta.map((row) => row.reduce((sum, value, j) => sum + value * x[j], 0));
  const total = z.reduce((sum, value) => sum + Math.exp(value), 0);
  return z.map((value) => Math.exp(value) / total);
}

/** The free parameters: with two classes those of the second alone. */
const free = (classes: number): number[] => (classes === 2 ? [1] : Array.from({ length: classes }, (_, k) => k));

function curvature(theta: number[][], x: number[], weight: number, classes: number): number[][] {
  const p = probabilities(theta, x);
  const own = free(classes);
  const index = own.flatMap((k) => x.map((value) => ({ k, value })));
  return index.map((a) => index.map((b) => weight * p[a.k] * (Number(a.k === b.k) - p[b.k]) * a.value * b.value));
}

function gradient({ theta, dataset }: Fitted, row: number, classes: number): number[] {
  const x = inputOf(dataset, row);
  const p = probabilities(theta, x);
  return free(classes).flatMap((k) => x.map((value) => (p[k] - Number(labelOf(dataset, row) === k)) * value));
}

/** (Σ sᵢ∇²ℓᵢ + λ on all but the intercepts)⁻¹; softmax's flat direction, along which nothing lies, made definite. */
function inverseHessian({ theta, lambda, dataset }: Fitted, classes: number): number[][] {
  const q = free(classes).length * (D + 1);
  const H = Array.from({ length: q }, () => new Array<number>(q).fill(0));
  for (let row = 0; row < TRAIN; row++) {
    const C = curvature(theta, inputOf(dataset, row), weightOf(dataset, row), classes);
    C.forEach((line, a) => line.forEach((value, b) => (H[a][b] += value)));
  }
  for (let a = 0; a < q; a++) if (a % (D + 1) !== D) H[a][a] += lambda;
  if (classes > 2) for (let a = D; a < q; a += D + 1) for (let b = D; b < q; b += D + 1) H[a][b] += 1;
  const both = H.map((line, a) => [...line, ...line.map((_, b) => Number(a === b))]);
  for (let a = 0; a < q; a++) {
    const pivot = both.reduce(
      (best, line, at) => (at >= a && Math.abs(line[a]) > Math.abs(both[best][a]) ? at : best),
      a,
    );
    [both[a], both[pivot]] = [both[pivot], both[a]];
    const head = both[a][a];
    both[a] = both[a].map((value) => value / head);
    both.forEach((line, b) => {
      if (b === a) return;
      const factor = line[a];
      both[b] = line.map((value, j) => value - factor * both[a][j]);
    });
  }
  return both.map((line) => line.slice(q));
}

const dot = (a: number[], b: number[]): number => a.reduce((sum, value, j) => sum + value * b[j], 0);

describe.each([
  ['two classes', 2, false],
  ['two classes, weighted', 2, true],
  ['four classes', 4, false],
  ['four classes, weighted', 4, true],
] as const)('a model of %s looked at row by row', (_title, classes, weighted) => {
  it('gives each row its loss and the leverage tr(s∇²ℓ H⁻¹)', async () => {
    const fit = await fitted(classes, weighted);
    const inverse = inverseHessian(fit, classes);
    for (const [split, first, count] of [
      ['train', 0, TRAIN],
      ['test', TRAIN, TEST],
    ] as const) {
      for (let row = 0; row < count; row++) {
        const x = inputOf(fit.dataset, first + row);
        const own = probabilities(fit.theta, x)[labelOf(fit.dataset, first + row)];
        const C = curvature(fit.theta, x, weightOf(fit.dataset, first + row), classes);
        const trace = C.reduce((sum, line, a) => sum + dot(line, inverse[a]), 0);
        expect(fit.model[split].probability[row]).toBeCloseTo(own, 10);
        expect(fit.model[split].loss[row]).toBeCloseTo(-Math.log(own), 10);
        expect(fit.model[split].leverage?.[row]).toBeCloseTo(trace, 10);
      }
    }
  });

  it('gives each training row its influence on a test loss, positive where removing it raises the loss', async () => {
    const fit = await fitted(classes, weighted);
    const inverse = inverseHessian(fit, classes);
    const point = gradient(fit, TRAIN + 2, classes);
    const direction = inverse.map((line) => dot(line, point));
    const influence = await fit.model.influenceOn(2);
    for (let row = 0; row < TRAIN; row++) {
      const own = gradient(fit, row, classes).map((value) => value * weightOf(fit.dataset, row));
      expect(influence[row]).toBeCloseTo(dot(direction, own), 9);
    }
  });
});

describe('a model looked at row by row', () => {
  it('has leverages that sum to the effective number of parameters, below their number', async () => {
    const { model } = await fitted(2);
    const sum = model.train.leverage?.reduce((total, value) => total + value, 0) ?? NaN;
    expect(sum).toBeGreaterThan(1);
    expect(sum).toBeLessThan(D + 1);
  });

  it('refuses a test row that is not there', async () => {
    const { model } = await fitted(2);
    expect((await rejectionOf(model.influenceOn(TEST))).message).toContain('no test row 7');
  });
});
