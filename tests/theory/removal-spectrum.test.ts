/** Corollary 1 on real fits: what the directions contribute is the difference of linear Newton and influence. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../src/main/compute/device.ts';
import { openDevice } from '../../src/main/compute/index.ts';
import { createEvaluationSet } from '../../src/main/evaluation/evaluation-set.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import { removalSpectrum, type RemovalSpectrum } from '../../src/main/theory/removal-spectrum.ts';
import type { Design } from '../../src/shared/dataset.ts';
import { withWeights } from '../numerics/designs.ts';
import { control, effectsOf, everyQuantity } from '../numerics/engine.ts';
import { randomDesign, randomRows, uniforms } from '../numerics/problems.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice('onnx-cpu');
});
afterAll(() => device.dispose());

interface Asked {
  design: Design;
  lambda: number;
  intercept: boolean;
  members: Int32Array;
  largestWhole?: number;
}

async function spectrumOf({ design, lambda, intercept, members, largestWhole }: Asked): Promise<RemovalSpectrum> {
  const model = await fitModel(design, { l2: { absolute: lambda }, intercept }, device, control);
  try {
    const evaluations = everyQuantity(design);
    const slices = [{ target: 'all', rows: Int32Array.from(design.test.y.keys()) }];
    const set = await createEvaluationSet(model, evaluations, slices);
    return await removalSpectrum(model, set, members, { ...control, largestWhole });
  } finally {
    model.dispose();
  }
}

function summed(values: Float64Array, e: number): number {
  const k = values.length;
  return values.subarray(e * k, (e + 1) * k).reduce((sum, value) => sum + value, 0);
}

const cases = [
  { name: 'two classes', classes: 2, intercept: true, weighted: false },
  { name: 'two classes without intercept', classes: 2, intercept: false, weighted: false },
  { name: 'sample weights', classes: 2, intercept: true, weighted: true },
  { name: 'four classes', classes: 4, intercept: true, weighted: false },
  { name: 'four classes with weights', classes: 4, intercept: false, weighted: true },
];

describe('the spectrum of a removal', () => {
  for (const { name, classes, intercept, weighted } of cases) {
    const plain = randomDesign({ rows: 90, features: 6, classes, seed: 31 });
    const design = weighted
      ? withWeights(
          plain,
          uniforms(8, 90).map((u) => 1.5 + u),
        )
      : plain;
    // Fewer rows than parameters, and more.
    for (const size of [3, 60]) {
      it(`explains linear Newton − influence: ${name}, ${size} rows`, async () => {
        const members = randomRows(4, 86, size).map((i) => i + classes);
        const lambda = 0.4;
        const found = await spectrumOf({ design, lambda, intercept, members });
        const evaluations = everyQuantity(design);
        const { effects } = await effectsOf(design, { lambda, intercept, groups: [members], evaluations }, device);
        expect(found.method).toBe(size === 3 ? 'rows' : 'parameters');
        evaluations.forEach((_, e) => {
          const k = found.eigenvalues.length;
          const sum = summed(found.contributions.subarray(e * k, (e + 1) * k), 0);
          const influence = effects.influence[0][e];
          const linear = effects.newtonLinear[0][e];
          expect(Math.abs(found.influence[e] / influence - 1)).toBeLessThan(1e-9);
          expect(Math.abs(found.newtonLinear[e] / linear - 1)).toBeLessThan(1e-9);
          expect(Math.abs(sum / (linear - influence) - 1)).toBeLessThan(1e-9);
        });
        for (const mu of found.eigenvalues) {
          expect(mu).toBeGreaterThanOrEqual(0);
          expect(mu).toBeLessThan(1);
        }
      });

      it(`Lanczos finds the same sum: ${name}, ${size} rows`, async () => {
        const members = randomRows(4, 86, size).map((i) => i + classes);
        const asked = { design, lambda: 0.4, intercept, members };
        const whole = await spectrumOf(asked);
        const lanczos = await spectrumOf({ ...asked, largestWhole: 0 });
        expect(lanczos.method).toBe('lanczos');
        expect(lanczos.residual).toBeLessThan(1e-10);
        expect(Math.abs(lanczos.eigenvalues[0] / whole.eigenvalues[0] - 1)).toBeLessThan(1e-9);
        expect(Math.abs(lanczos.groupNorm / whole.groupNorm - 1)).toBeLessThan(1e-10);
        whole.newtonLinear.forEach((value, e) => {
          expect(Math.abs(lanczos.influence[e] / whole.influence[e] - 1)).toBeLessThan(1e-9);
          expect(Math.abs(lanczos.newtonLinear[e] / value - 1)).toBeLessThan(1e-9);
        });
      });
    }
  }

  it('of few rows is the same through solves, where the parameters are too many to be factored', async () => {
    for (const classes of [2, 3]) {
      const design = randomDesign({ rows: 90, features: 12, classes, seed: 14 });
      const members = Int32Array.of(5, 8, 31);
      const asked = { design, lambda: 0.3, intercept: true, members };
      const whole = await spectrumOf(asked);
      // 13 parameters or 39, 3 rows or 9 of curvature.
      const solved = await spectrumOf({ ...asked, largestWhole: 11 });
      expect([whole.method, solved.method]).toEqual(['rows', 'rows']);
      for (const part of ['eigenvalues', 'influence', 'newtonLinear', 'testNorm'] as const) {
        whole[part].forEach((value, at) => expect(Math.abs(solved[part][at] - value)).toBeLessThan(1e-9));
      }
      whole.contributions.forEach((value, at) => expect(Math.abs(solved.contributions[at] - value)).toBeLessThan(1e-9));
      const y = [whole.direction(0)!, solved.direction(0)!];
      const sign = Math.sign(y[0][0] * y[1][0]);
      y[0].forEach((value, j) => expect(Math.abs(sign * y[1][j] - value)).toBeLessThan(1e-8));
    }
  });

  it('gives the removal of nobody no direction and no effect', async () => {
    const design = randomDesign({ rows: 40, features: 3, classes: 2, seed: 2 });
    for (const largestWhole of [undefined, 0]) {
      const members = new Int32Array(0);
      const found = await spectrumOf({ design, lambda: 1, intercept: true, members, largestWhole });
      expect(found.eigenvalues.length).toBe(0);
      expect(Array.from(found.newtonLinear)).toEqual(everyQuantity(design).map(() => 0));
    }
  });

  it('of one row has one direction: its leverage', async () => {
    const design = randomDesign({ rows: 50, features: 4, classes: 2, seed: 9 });
    const found = await spectrumOf({ design, lambda: 0.2, intercept: true, members: Int32Array.of(17) });
    expect(found.eigenvalues.length).toBe(1);
    const [mu] = found.eigenvalues;
    // Self-loss: I_Nt = I / (1 − h), the closed form for a single row.
    const self = everyQuantity(design).findIndex(({ quantity }) => quantity === 'selfLoss');
    expect(found.newtonLinear[self] * (1 - mu)).toBeCloseTo(found.influence[self], 12);
    expect(Math.abs(found.groupAlignment[0])).toBeCloseTo(found.groupNorm, 12);
  });

  it('gives directions of unit curvature along which the group holds its share', async () => {
    const design = randomDesign({ rows: 80, features: 5, classes: 2, seed: 6 });
    for (const members of [Int32Array.of(3, 9, 40), Int32Array.from({ length: 40 }, (_, i) => 2 * i)]) {
      const model = await fitModel(design, { l2: { absolute: 0.6 }, intercept: true }, device, control);
      try {
        const set = await createEvaluationSet(model, [{ quantity: 'margin', target: '0' }], []);
        const found = await removalSpectrum(model, set, members, control);
        const quotient = async (y: Float64Array, side: 'only' | 'without', rows: Int32Array): Promise<number> => {
          const batch = model.objective.placed.openBatch(
            model.fitted.trainLogits,
            { weights: model.weights, members: [rows], side },
            1,
          );
          const product = await batch.curvatureProduct(y);
          return y.reduce((sum, value, j) => sum + value * product[j], 0);
        };
        for (const j of [0, 1, 2]) {
          const y = found.direction(j)!;
          const penalty = y.subarray(0, 5).reduce((sum, value) => sum + 0.6 * value * value, 0);
          expect((await quotient(y, 'without', new Int32Array(0))) + penalty).toBeCloseTo(1, 9);
          expect(await quotient(y, 'only', members)).toBeCloseTo(found.eigenvalues[j], 9);
          const along = y.reduce((sum, value, i) => sum + value * set.gradients[i], 0);
          expect(along).toBeCloseTo(found.testAlignment[j], 9);
        }
      } finally {
        model.dispose();
      }
    }
  });
});
