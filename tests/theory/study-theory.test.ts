/** The propositions as statements about real fits: they hold to rounding, and the tool's numbers are those of other ways. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../src/main/compute/device.ts';
import { openDevice } from '../../src/main/compute/index.ts';
import { readDatasetSpec, readSample } from '../../src/main/datasets/index.ts';
import { createEvaluationSet } from '../../src/main/evaluation/evaluation-set.ts';
import { buildDesign } from '../../src/main/features/index.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import type { ModelOnDevice } from '../../src/main/models/model-on-device.ts';
import { curvatureExtremes } from '../../src/main/theory/curvature-extremes.ts';
import { removalSpectrum } from '../../src/main/theory/removal-spectrum.ts';
import { studyTheory } from '../../src/main/theory/study-theory.ts';
import type { Design } from '../../src/shared/dataset.ts';
import type { StudyTheory } from '../../src/shared/theory.ts';
import { withTrainRows } from '../numerics/designs.ts';
import { control, effectsAround, everyQuantity, type Answered } from '../numerics/engine.ts';
import { randomDesign, randomRows } from '../numerics/problems.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice('onnx-cpu');
});
afterAll(() => device.dispose());

async function withFit<T>(
  design: Design,
  lambda: number,
  intercept: boolean,
  use: (model: ModelOnDevice) => Promise<T>,
): Promise<T> {
  const model = await fitModel(design, { l2: { absolute: lambda }, intercept }, device, control);
  try {
    return await use(model);
  } finally {
    model.dispose();
  }
}

interface Judged {
  theory: StudyTheory;
  answered: Answered;
}

async function judge(
  design: Design,
  lambda: number,
  intercept: boolean,
  groups: readonly Int32Array[],
): Promise<Judged> {
  return withFit(design, lambda, intercept, async (model) => {
    const evaluations = everyQuantity(design);
    const slices = [{ target: 'all', rows: Int32Array.from(design.test.y.keys()) }];
    const set = await createEvaluationSet(model, evaluations, slices);
    const members = groups.map((rows) => ({ members: rows }));
    const theory = await studyTheory(model, set, slices, members, control);
    return { theory, answered: await effectsAround(model, { lambda, intercept, groups, evaluations }) };
  });
}

const samples = join(import.meta.dirname, '../../resources/samples');
const sampleDesign = async (name: string): Promise<Design> =>
  buildDesign(await readSample(name, samples), { standardise: true });

describe('the ends of the spectrum', () => {
  for (const [name, classes, intercept] of [
    ['two classes', 2, true],
    ['five classes', 5, true],
    ['five classes without intercept', 5, false],
  ] as const) {
    it(`are the same whole and by Lanczos: ${name}`, async () => {
      const design = randomDesign({ rows: 200, features: 7, classes, seed: 4 });
      await withFit(design, 0.7, intercept, async (model) => {
        const whole = await curvatureExtremes(model, control);
        const lanczos = await curvatureExtremes(model, { ...control, largestWhole: 0 });
        expect([whole.method, lanczos.method]).toEqual(['whole', 'lanczos']);
        for (const end of ['largest', 'smallest', 'smallestWithPenalty'] as const) {
          expect(Math.abs(lanczos[end].value - whole[end].value)).toBeLessThanOrEqual(
            lanczos[end].accuracy + 1e-8 * whole.largest.value,
          );
        }
        if (!intercept) expect(whole.smallestWithPenalty.value).toBeCloseTo(whole.smallest.value + 0.7, 10);
        expect(whole.smallest.value).toBeGreaterThan(0);
      });
    });
  }

  it('bound the quotients of the curvature product', async () => {
    const design = randomDesign({ rows: 150, features: 5, classes: 2, seed: 8 });
    await withFit(design, 1, true, async (model) => {
      const { largest, smallest } = await curvatureExtremes(model, control);
      const batch = model.objective.placed.openBatch(
        model.fitted.trainLogits,
        { weights: model.weights, members: [new Int32Array(0)], side: 'without' },
        1,
      );
      for (let k = 0; k < 20; k++) {
        const v = Float64Array.from({ length: 6 }, (_, j) => Math.sin(1 + 3 * j + 7 * k));
        const product = await batch.curvatureProduct(v);
        const square = v.reduce((sum, x) => sum + x * x, 0);
        const quotient = v.reduce((sum, x, j) => sum + x * product[j], 0) / square;
        expect(quotient).toBeLessThanOrEqual(largest.value * (1 + 1e-12));
        expect(quotient).toBeGreaterThanOrEqual(smallest.value * (1 - 1e-12));
      }
    });
  });
});

describe('Proposition 3 on real fits', () => {
  for (const lambda of [0.05, 1, 30]) {
    it(`keeps linear Newton between influence and (1 + s) influence on breast-cancer, λ = ${lambda}`, async () => {
      const design = await sampleDesign('breast-cancer');
      const n = design.train.y.length;
      const groups = [1, 5, 20, 60, 100].map((size, k) => randomRows(k + 1, n, size));
      const { theory, answered } = await judge(design, lambda, false, groups);
      const self = everyQuantity(design).findIndex(({ quantity }) => quantity === 'selfLoss');
      groups.forEach((_, g) => {
        const slope = answered.effects.newtonLinear[g][self] / answered.effects.influence[g][self];
        expect(slope).toBeGreaterThanOrEqual(1 - 1e-9);
        expect(slope).toBeLessThanOrEqual((1 + theory.s) * (1 + 1e-9));
      });
    });
  }

  it('keeps Newton in the cone where λ makes the third order small', async () => {
    const design = await sampleDesign('breast-cancer');
    const n = design.train.y.length;
    const groups = [5, 20, 60, 100].map((size, k) => randomRows(k + 1, n, size));
    const { theory, answered } = await judge(design, 400, false, groups);
    const self = everyQuantity(design).findIndex(({ quantity }) => quantity === 'selfLoss');
    groups.forEach((_, g) => {
      const slope = answered.effects.newton[g][self] / answered.effects.influence[g][self];
      expect(slope).toBeGreaterThanOrEqual(1 - 1e-9);
      expect(slope).toBeLessThanOrEqual(theory.selfLossSlope);
    });
  });
});

describe('Proposition 4 on real fits', () => {
  it('gives Newton on a margin from influence for copies of one point, d(w) between 1 and 1 + s', async () => {
    const plain = await sampleDesign('breast-cancer');
    const n = plain.train.y.length;
    // Row r, of which there are already one, is repeated 30 times at the end.
    const repeated = [7, 41, 200];
    const rows = [...Array.from({ length: n }, (_, i) => i), ...repeated.flatMap((row) => Array<number>(30).fill(row))];
    const design = withTrainRows(plain, rows);
    const groups = repeated.flatMap((_, k) =>
      [1, 10, 29].map((size) => Int32Array.from({ length: size }, (__, i) => n + 30 * k + i)),
    );
    groups.push(Int32Array.from(randomRows(3, n, 12)));
    const { theory, answered } = await judge(design, 0.5, false, groups);
    expect(Array.from(theory.copies)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    theory.copies.forEach((g, at) => {
      const d = theory.copiesFactor[at];
      expect(d).toBeGreaterThanOrEqual(1);
      expect(d).toBeLessThanOrEqual(1 + theory.s);
      for (const e of [0, 1]) {
        expect(answered.effects.newton[g][e] / (d * answered.effects.influence[g][e])).toBeCloseTo(1, 8);
      }
    });
    expect(Math.max(...theory.copiesFactor)).toBeGreaterThan(1.05);
  });
});

describe('Proposition 1 on real fits', () => {
  for (const [name, classes] of [
    ['breast-cancer', 2],
    ['three random classes', 3],
  ] as const) {
    it(`bounds |actual − Newton| for every function: ${name}`, async () => {
      const design =
        classes === 2 ? await sampleDesign(name) : randomDesign({ rows: 120, features: 4, classes, seed: 3 });
      const n = design.train.y.length;
      const groups = [1, 4, 20, 60].map((size, k) => randomRows(k + 2, n - 3, size).map((i) => i + 3));
      const { theory, answered } = await judge(design, 20, false, groups);
      const count = groups.length;
      everyQuantity(design).forEach((_, e) => {
        groups.forEach((__, g) => {
          const error = Math.abs(answered.effects.actual[g][e] - answered.effects.newton[g][e]);
          expect(error).toBeLessThanOrEqual(theory.bound[e * count + g]);
        });
      });
    });
  }
});

const enron = join(import.meta.dirname, '../../../shared/data/enron');
const enronThere = existsSync(enron);
if (!enronThere) console.log('tests/theory: Enron is not in ../shared/data; the large problem is skipped.');

describe.skipIf(!enronThere)('a problem too large to be factored (Enron)', () => {
  it('has its spectrum by Lanczos with the accuracy it states', async () => {
    const dataset = await readDatasetSpec({ file: 'enron.npz' }, enron, {
      progress: () => {},
      cancelled: () => false,
    });
    const design = buildDesign(dataset, { standardise: false });
    const n = design.train.y.length;
    await withFit(design, 1e-3 * n, true, async (model) => {
      const extremes = await curvatureExtremes(model, control);
      expect(extremes.method).toBe('lanczos');
      expect(extremes.largest.accuracy).toBeLessThan(1e-6 * extremes.largest.value);
      expect(extremes.smallestWithPenalty.accuracy).toBeLessThan(1e-2 * extremes.smallestWithPenalty.value);
      const evaluations = [
        { quantity: 'margin' as const, target: '3' },
        { quantity: 'selfLoss' as const, target: 'self' },
      ];
      const set = await createEvaluationSet(model, evaluations, []);
      const members = randomRows(5, n, 300);
      const spectrum = await removalSpectrum(model, set, members, control);
      expect(spectrum.method).toBe('lanczos');
      expect(spectrum.residual).toBeLessThan(1e-10);
      const { effects } = await effectsAround(model, {
        lambda: 1e-3 * n,
        intercept: true,
        groups: [members],
        evaluations,
      });
      evaluations.forEach((_, e) => {
        const difference = effects.newtonLinear[0][e] - effects.influence[0][e];
        const found = spectrum.newtonLinear[e] - spectrum.influence[e];
        expect(Math.abs(found / difference - 1)).toBeLessThan(1e-7);
      });
    });
  }, 120_000);
});
