/** Fits against the goldens, against finite differences, and at the edges of what a model may meet. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../src/main/compute/index.ts';
import type { Device } from '../../src/main/compute/device.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import type { ModelOnDevice } from '../../src/main/models/model-on-device.ts';
import type { Design } from '../../src/shared/dataset.ts';
import { relativeDistance } from './closeness.ts';
import { denseData, designOf, withFeatures, withTrainRows, withWeights } from './designs.ts';
import { goldenStudies } from './golden-studies.ts';
import { readGolden, type EdgeCase } from './golden-files.ts';
import { edgeDesign } from './golden-studies.ts';
import { problem, randomDesign, uniforms } from './problems.ts';

const control = { checkCancelled: () => {} };

let device: Device;
beforeAll(async () => {
  device = await openDevice('onnx-cpu');
});
afterAll(() => device.dispose());

async function fitted<T>(
  design: Design,
  lambda: number,
  intercept: boolean,
  use: (model: ModelOnDevice) => T | Promise<T>,
): Promise<T> {
  const model = await fitModel(design, { l2: { absolute: lambda }, intercept }, device, control);
  try {
    return await use(model);
  } finally {
    model.dispose();
  }
}

/** Σ sᵢ ℓᵢ(θ) + (λ/2)‖θ‖² by the definition. */
function objective(design: Design, lambda: number, intercept: boolean, theta: Float64Array): number {
  const { X, y, weights } = design.train;
  const data = denseData(design.train);
  const L = design.classes.length === 2 ? 1 : design.classes.length;
  const p = theta.length / L;
  let value = 0;
  for (let i = 0; i < X.rows; i++) {
    const z = L === 1 ? [0] : [];
    for (let k = 0; k < L; k++) {
      let sum = intercept ? theta[k * p + p - 1] : 0;
      for (let j = 0; j < X.columns; j++) sum += theta[k * p + j] * data[i * X.columns + j];
      z.push(sum);
    }
    const top = Math.max(...z);
    const total = top + Math.log(z.reduce((a, v) => a + Math.exp(v - top), 0));
    value += (weights?.[i] ?? 1) * (total - z[y[i]]);
  }
  for (let k = 0; k < L; k++) for (let j = 0; j < X.columns; j++) value += (lambda / 2) * theta[k * p + j] ** 2;
  return value;
}

describe('against the goldens', () => {
  it.for(goldenStudies())('fits $name', { timeout: 900_000 }, async (entry, context) => {
    context.skip(entry.notRun !== null, entry.notRun ?? '');
    const { golden, design } = entry.load();
    await fitted(design, golden.lambda, golden.intercept, ({ fitted: fit }) => {
      const L = fit.logits;
      const p = fit.parametersPerLogit;
      const first = Array.from({ length: L }, (_, k) => [...fit.coefficients.subarray(k * p, k * p + 5)]).flat();
      expect(golden.lambda).toBeCloseTo(golden.relative * golden.n, 12);
      expect(fit.summary.gradientNorm).toBeLessThanOrEqual(1e-10 * golden.n);
      expect(relativeDistance(first, golden.fit.firstCoefficients.flat())).toBeLessThan(1e-9);
      expect(Math.hypot(...fit.coefficients) / golden.fit.parameterNorm - 1).toBeCloseTo(0, 9);
      if (golden.fit.bias !== null) {
        const bias = Array.from({ length: L }, (_, k) => fit.coefficients[k * p + p - 1]);
        expect(relativeDistance(bias, golden.fit.bias)).toBeLessThan(1e-9);
      }
      expect(fit.summary.trainAccuracy).toBe(golden.fit.trainAccuracy);
      expect(fit.summary.testAccuracy).toBe(golden.fit.testAccuracy);
      expect(Math.abs(fit.summary.testLoss / golden.fit.testLoss - 1)).toBeLessThan(1e-10);
    });
  });

  it.for(readGolden<{ cases: EdgeCase[] }>('edge-cases').cases)('fits $title', async (edge) => {
    await fitted(edgeDesign(edge), edge.lambda, edge.intercept, ({ fitted: fit }) => {
      expect(relativeDistance(fit.coefficients, edge.theta.flat())).toBeLessThan(1e-9);
    });
  });
});

describe('the optimum', () => {
  it('has a vanishing finite-difference gradient, coordinate by coordinate', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        const design = randomDesign(p);
        const lambda = 1e-2 * p.rows;
        await fitted(design, lambda, p.intercept, ({ fitted: fit }) => {
          const h = 1e-4;
          for (let j = 0; j < fit.coefficients.length; j++) {
            const at = (t: number) => {
              const theta = fit.coefficients.slice();
              theta[j] += t;
              return objective(design, lambda, p.intercept, theta);
            };
            expect(Math.abs(at(h) - at(-h)) / (2 * h)).toBeLessThan(1e-7 * p.rows);
          }
        });
      }),
      { numRuns: 25 },
    );
  });

  it('is no higher than at random points around it', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        const design = randomDesign(p);
        const lambda = 1e-2 * p.rows;
        await fitted(design, lambda, p.intercept, ({ fitted: fit }) => {
          const least = objective(design, lambda, p.intercept, fit.coefficients);
          for (const size of [1e-3, 0.1, 3]) {
            const off = uniforms(p.seed, fit.coefficients.length).map((v, j) => fit.coefficients[j] + size * v);
            expect(objective(design, lambda, p.intercept, off)).toBeGreaterThanOrEqual(least * (1 - 1e-14));
          }
        });
      }),
      { numRuns: 25 },
    );
  });

  it('does not depend on the order of the rows, and a row of weight 2 is the row twice', async () => {
    const design = randomDesign({ rows: 40, features: 4, classes: 3, seed: 3 });
    const coefficients = (d: Design) => fitted(d, 0.4, true, (model) => model.fitted.coefficients);
    const theta = await coefficients(design);
    const reversed = withTrainRows(design, [...design.train.y.keys()].toReversed());
    expect(relativeDistance(await coefficients(reversed), theta)).toBeLessThan(1e-11);
    const doubled = withWeights(
      design,
      Float64Array.from(design.train.y, (_, i) => (i % 3 === 0 ? 2 : 1)),
    );
    const repeated = withTrainRows(
      design,
      [...design.train.y.keys()].flatMap((i) => (i % 3 === 0 ? [i, i] : [i])),
    );
    const weighted = await coefficients(doubled);
    expect(relativeDistance(weighted, await coefficients(repeated))).toBeLessThan(1e-11);
    expect(relativeDistance(weighted, theta)).toBeGreaterThan(1e-3);
  });

  it('gives constant-zero columns coefficient 0 and copies of a column equal coefficients', async () => {
    const design = withFeatures(randomDesign({ rows: 30, features: 3, classes: 2, seed: 8 }), (row) =>
      Float64Array.of(...row, 0, row[0]),
    );
    await fitted(design, 0.1, true, ({ fitted: { coefficients } }) => {
      expect(Math.abs(coefficients[3])).toBeLessThan(1e-14);
      expect(Math.abs(coefficients[4] - coefficients[0])).toBeLessThan(1e-12);
      expect(Math.abs(coefficients[0])).toBeGreaterThan(1e-3);
    });
  });

  it('is the closed form for one point: λθ = σ(−yθx)yx', async () => {
    const design = designOf(
      { X: Float64Array.of(2), y: Int32Array.of(1) },
      { X: Float64Array.of(1), y: Int32Array.of(0) },
      ['0', '1'],
    );
    await fitted(design, 0.5, false, ({ fitted: { coefficients } }) => {
      const theta = coefficients[0];
      expect(0.5 * theta).toBeCloseTo(2 / (1 + Math.exp(2 * theta)), 13);
    });
  });

  it('stays finite for separable data, with a λ as small as 1e-9 of n', async () => {
    const X = Float64Array.from({ length: 20 }, (_, i) => (i < 10 ? -1 - i / 10 : 1 + i / 10));
    const y = Int32Array.from({ length: 20 }, (_, i) => (i < 10 ? 0 : 1));
    await fitted(designOf({ X, y }, { X, y }, ['0', '1']), 2e-8, true, ({ fitted: fit }) => {
      expect(fit.summary.gradientNorm).toBeLessThanOrEqual(1e-10 * 20);
      expect(fit.coefficients[0]).toBeGreaterThan(5);
      expect(Number.isFinite(fit.coefficients[0])).toBe(true);
    });
  });
});
