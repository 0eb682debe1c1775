/** The theory of Koh et al. 2019, section 4, on problems where its terms can be computed: propositions and counterexamples. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../src/main/compute/index.ts';
import type { Device } from '../../src/main/compute/device.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import type { Design } from '../../src/shared/dataset.ts';
import { EFFECT_TOLERANCE, relativeDistance } from './closeness.ts';
import { denseData, designOf } from './designs.ts';
import { control, effectsOf, everyQuantity } from './engine.ts';
import { readGolden, type Counterexamples } from './golden-files.ts';
import { randomDesign, randomRows } from './problems.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice('onnx-cpu');
});
afterAll(() => device.dispose());

/** Largest eigenvalue of H = Σ p(1 − p) xxᵀ, by power iteration: two classes, no intercept. */
function largestCurvature(design: Design, theta: Float64Array): number {
  const data = denseData(design.train);
  const d = theta.length;
  let v = new Float64Array(d).fill(1);
  let value = 0;
  for (let round = 0; round < 2000; round++) {
    const next = new Float64Array(d);
    for (let i = 0; i < design.train.y.length; i++) {
      const x = data.subarray(i * d, (i + 1) * d);
      const z = x.reduce((a, u, j) => a + u * theta[j], 0);
      const along = x.reduce((a, u, j) => a + u * v[j], 0);
      const p = 1 / (1 + Math.exp(-z));
      for (let j = 0; j < d; j++) next[j] += p * (1 - p) * along * x[j];
    }
    value = Math.hypot(...next) / Math.hypot(...v);
    v = next.map((u) => u / Math.hypot(...next));
  }
  return value;
}

async function thetaOf(design: Design, lambda: number): Promise<Float64Array> {
  const model = await fitModel(design, { l2: { absolute: lambda }, intercept: false }, device, control);
  model.dispose();
  return model.fitted.coefficients;
}

describe('self-loss (Proposition 3)', () => {
  const design = randomDesign({ rows: 120, features: 5, classes: 2, seed: 77 });
  const groups = [1, 6, 12, 30, 60, 100].map((count, s) => randomRows(s, 118, count).map((i) => i + 2));
  const evaluations = everyQuantity(design);
  const self = evaluations.findIndex(({ quantity }) => quantity === 'selfLoss');

  it.for([0.3, 2, 10, 60])(
    'the linear Newton effect lies between I and (1 + s) I, for every λ (%d)',
    async (lambda) => {
      const s = largestCurvature(design, await thetaOf(design, lambda)) / lambda;
      const { effects } = await effectsOf(design, { lambda, intercept: false, groups, evaluations }, device);
      for (const g of groups.keys()) {
        const slope = effects.newtonLinear[g][self] / effects.influence[g][self];
        expect(slope).toBeGreaterThanOrEqual(1 - 1e-12);
        expect(slope).toBeLessThanOrEqual(1 + s + 1e-12);
      }
    },
  );

  it.for([10, 30, 60])(
    'Newton lies in the cone 1 … 1 + 3s/2 + s²/2 where λ makes the third order small (%d)',
    async (lambda) => {
      const s = largestCurvature(design, await thetaOf(design, lambda)) / lambda;
      const { effects } = await effectsOf(design, { lambda, intercept: false, groups, evaluations }, device);
      for (const g of groups.keys()) {
        const slope = effects.newton[g][self] / effects.influence[g][self];
        expect(slope).toBeGreaterThanOrEqual(1);
        expect(slope).toBeLessThanOrEqual(1 + 1.5 * s + 0.5 * s * s);
      }
      // The cone is not empty talk: the largest groups are well above slope 1.
      expect(effects.newton[5][self] / effects.influence[5][self]).toBeGreaterThan(1 + 0.2 * s);
    },
  );
});

describe('Newton against actual (Proposition 1)', () => {
  const design = randomDesign({ rows: 300, features: 5, classes: 2, seed: 5 });
  const evaluations = everyQuantity(design);
  const order = [...randomRows(3, 298, 298)].map((i) => i + 2);

  /** Largest |Newton − actual| over the evaluations. */
  async function error(lambda: number, size: number): Promise<number> {
    const group = order.filter((_, at) => at % Math.floor(298 / size) === 0).slice(0, size);
    const { effects } = await effectsOf(design, { lambda, intercept: false, groups: [group], evaluations }, device);
    return Math.max(...evaluations.map((_, e) => Math.abs(effects.newton[0][e] - effects.actual[0][e])));
  }

  it('shrinks with the size of the group, faster than the group', async () => {
    const errors = [];
    for (const size of [64, 16, 4]) errors.push(await error(3, size));
    expect(errors[1]).toBeLessThan(errors[0] / 4);
    expect(errors[2]).toBeLessThan(errors[1] / 4);
  });

  it('shrinks with λ, at last like a power of it', async () => {
    const errors = [];
    for (const lambda of [1, 10, 100, 1000, 10000]) errors.push(await error(lambda, 30));
    for (let i = 1; i < errors.length; i++) expect(errors[i]).toBeLessThan(errors[i - 1]);
    expect(errors[4]).toBeLessThan(errors[3] / 100);
  });
});

describe('copies of one point (Proposition 4, Figure 3 right)', () => {
  const golden = readGolden<Counterexamples>('counterexamples').scale;
  const points: [number, number, number, number][] = [
    [0.075, 0, 0, 40],
    [0.15, 0, 1, 20],
    [0, 1, 0, 40],
    [0, 0.1, 1, 20],
  ];
  const rows = points.flatMap(([a, b, label, copies]) => Array.from({ length: copies }, () => [a, b, label]));
  const design = designOf(
    { X: Float64Array.from(rows.flatMap(([a, b]) => [a, b])), y: Int32Array.from(rows, (row) => row[2]) },
    { X: Float64Array.of(1, 1), y: Int32Array.of(1) },
    ['0', '1'],
  );
  const starts = [0, 40, 60, 100];
  const groups = golden.groups.map(([point, copies]) => Array.from({ length: copies }, (_, i) => starts[point] + i));

  it('gives the golden effects of all 116 groups, and I_Nt = d(w) I', async () => {
    const evaluations = [{ quantity: 'margin' as const, target: '0' }];
    const { effects } = await effectsOf(design, { lambda: 0.12, intercept: false, groups, evaluations }, device);
    const of = (column: number) => golden.groups.map((row) => row[column]);
    const margin = (rowsOfEffects: number[][]) => rowsOfEffects.map(([value]) => value);
    expect(relativeDistance(margin(effects.influence), of(2))).toBeLessThan(EFFECT_TOLERANCE.influence);
    expect(relativeDistance(margin(effects.newton), of(3))).toBeLessThan(EFFECT_TOLERANCE.newton);
    expect(relativeDistance(margin(effects.actual), of(4))).toBeLessThan(EFFECT_TOLERANCE.actual);
    golden.groups.forEach(([, , , , , d], g) => {
      expect(Math.abs(effects.newton[g][0] / (d * effects.influence[g][0]) - 1)).toBeLessThan(1e-8);
    });
    const spread = of(5);
    expect(Math.max(...spread) / Math.min(...spread)).toBeGreaterThan(7);
  });

  it('agrees with the figures of the method', async () => {
    const theta = await thetaOf(design, 0.12);
    expect(theta[0]).toBeCloseTo(0, 10);
    expect(theta[1]).toBeCloseTo(-3.2144108, 6);
    const largest = [38, 57, 96, 115].map((g) => golden.groups[g]);
    expect(largest.map(([point, copies]) => [point, copies])).toEqual([
      [0, 39],
      [1, 19],
      [2, 39],
      [3, 19],
    ]);
    const figures = [
      [5.06494, 6.25251, 6.4772],
      [-4.93506, -7.83505, -7.93022],
      [0.910723, 7.317663, 4.494521],
      [-0.665839, -0.68501, -1.023941],
    ];
    largest.forEach(([, , ...values], at) => {
      figures[at].forEach((figure, column) => expect(values[column]).toBeCloseTo(figure, 4));
    });
  });
});

describe('opposite signs (Figure 3 left)', () => {
  const { d, X, y, lambda, pairs, minimal } = readGolden<Counterexamples>('counterexamples').sign;
  const train = { X: Float64Array.from(X), y: Int32Array.from(y) };

  it('a test direction exists in which influence sees nothing and Newton does', async () => {
    const test = { X: Float64Array.from(minimal.testPoint), y: Int32Array.of(1) };
    const design = designOf(train, test, ['0', '1']);
    expect(design.train.X.columns).toBe(d);
    const evaluations = [{ quantity: 'margin' as const, target: '0' }];
    const { effects } = await effectsOf(
      design,
      { lambda, intercept: false, groups: pairs.slice(0, 1), evaluations },
      device,
    );
    expect(Math.abs(effects.influence[0][0])).toBeLessThan(1e-9 * minimal.newton);
    expect(effects.newton[0][0]).toBeGreaterThan(0);
    expect(Math.abs(effects.newton[0][0] / minimal.newton - 1)).toBeLessThan(1e-8);
    expect(Math.abs(effects.actual[0][0] / minimal.actual - 1)).toBeLessThan(1e-9);
  });

  it('turning that direction a little towards the influence step reverses the sign', async () => {
    // x − εa: influence −ε|a|² < 0, Newton still near its value > 0. The step a is read off with unit test points.
    const unit = new Float64Array(d * d);
    for (let j = 0; j < d; j++) unit[j * d + j] = 1;
    const evaluations = Array.from({ length: d }, (_, j) => ({ quantity: 'margin' as const, target: String(j) }));
    const probe = designOf(train, { X: unit, y: new Int32Array(d).fill(1) }, ['0', '1']);
    const asked = { lambda, intercept: false, groups: pairs.slice(0, 1) };
    const step = (await effectsOf(probe, { ...asked, evaluations }, device)).effects.influence[0];
    const size = step.reduce((a, v) => a + v * v, 0);
    const turned = minimal.testPoint.map((v, j) => v - (0.05 * minimal.newton * step[j]) / size);
    const design = designOf(train, { X: Float64Array.from(turned), y: Int32Array.of(1) }, ['0', '1']);
    const margin = [{ quantity: 'margin' as const, target: '0' }];
    const { effects } = await effectsOf(design, { ...asked, evaluations: margin }, device);
    expect(effects.influence[0][0]).toBeLessThan(0);
    expect(effects.newton[0][0]).toBeGreaterThan(0);
  });
});
